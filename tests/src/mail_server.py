"""A mail server for the tests, on aiosmtpd. It prints its port, keeps each mail that it takes as a file, and goes wrong
as the file of faults says at that moment: {"mail" | "rcpt" | "data" | "taken": "550 5.1.1 …" | "drop" | "hang"}."""

import argparse
import asyncio
import itertools
import json
import pathlib
import ssl

from aiosmtpd.smtp import SMTP, AuthResult

options = argparse.ArgumentParser()
options.add_argument("--folder", type=pathlib.Path, required=True)
options.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
options.add_argument("--certificate")
options.add_argument("--login", help="USER:PASSWORD, without which no mail is taken")
options.add_argument("--seven-bit", action="store_true", help="offer neither 8BITMIME nor SMTPUTF8")
options = options.parse_args()


class Faulty:
    """What a well-behaved server does, but for the faults."""

    numbers = itertools.count()

    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        if answer := await self.fault("mail", server):
            return answer
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if answer := await self.fault("rcpt", server):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        if answer := await self.fault("data", server):
            return answer
        content = envelope.original_content or envelope.content.encode()
        to = f"X-Envelope-To: {' '.join(envelope.rcpt_tos)}\r\nX-Encrypted: {server.transport.get_extra_info('ssl_object') is not None}\r\n"
        part = options.folder / f"{next(self.numbers)}.part"
        part.write_bytes(to.encode() + content)
        part.rename(part.with_suffix(".eml"))
        return await self.fault("taken", server) or "250 2.0.0 OK"

    async def fault(self, at, server):
        answer = faults().get(at)
        if answer == "drop":
            server.transport.abort()
        elif answer == "hang":
            (options.folder / "hangs").touch()
            while faults().get(at) == "hang":
                await asyncio.sleep(0.02)
            return await self.fault(at, server)
        return answer


def faults():
    try:
        return json.loads((options.folder / "faults.json").read_text())
    except FileNotFoundError:
        return {}


def authenticate(server, session, envelope, mechanism, data):
    given = f"{data.login.decode()}:{data.password.decode()}"
    return AuthResult(success=given == options.login, handled=False)


def protocol(handler, context):
    login = {"authenticator": authenticate, "auth_required": True} if options.login else {}
    return SMTP(
        handler,
        hostname="peer.test",
        ident="peer",
        tls_context=context if options.tls == "starttls" else None,
        auth_require_tls=options.tls == "starttls",
        enable_SMTPUTF8=not options.seven_bit,
        decode_data=options.seven_bit,
        **login,
    )


async def serve():
    context = None
    if options.tls != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.certificate)
    handler = Faulty()
    server = await asyncio.get_running_loop().create_server(
        lambda: protocol(handler, context),
        "127.0.0.1",
        0,
        ssl=context if options.tls == "implicit" else None,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(serve())
