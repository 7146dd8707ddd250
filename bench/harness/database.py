"""A PostgreSQL server of our own, and databases in it that hold Rolecall's schema and the data to measure on."""

import glob
import hashlib
import os
import pwd
import subprocess
import sys

from harness import machine

CONF = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
shared_buffers = 1GB
effective_cache_size = 8GB
work_mem = 8MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
random_page_cost = 1.1
jit = off
fsync = on
synchronous_commit = on
max_parallel_workers_per_gather = 0
"""


class Postgres:
    """The server. Its data stays from run to run in `folder`, so that it is filled once for each schema."""

    def __init__(self, folder):
        self.folder, self.data, self.port, self.pid = folder, f"{folder}/data", None, None
        os.makedirs(folder, exist_ok=True)
        for path in sorted(glob.glob("/usr/lib/postgresql/*/bin")):
            os.environ["PATH"] = f"{path}:{os.environ['PATH']}"
        # PostgreSQL refuses to run as root.
        self.become = []
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
            self.become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
            if subprocess.run([*self.become, "test", "-w", folder], check=False).returncode:
                sys.exit(f"The user postgres cannot reach {folder}: give its parents the right x for all.")

    def _run(self, *command):
        with open(f"{self.folder}/log", "a") as log:
            ran = subprocess.run([*self.become, *command], cwd=self.folder, stdout=log, stderr=log, check=False)
        if ran.returncode:
            sys.exit(f"{command[0]} failed: see {self.folder}/log")

    def start(self):
        if not os.path.exists(f"{self.data}/PG_VERSION"):
            self._run("initdb", "-D", self.data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
            with open(f"{self.data}/postgresql.auto.conf", "a") as conf:
                conf.write(CONF)
        if os.path.exists(f"{self.data}/postmaster.pid"):
            # Of a run that was killed: the data can have one server only, so it is ours.
            self.stop()
        self.port = machine.free_port()
        self._run("pg_ctl", "-D", self.data, "-l", f"{self.data}/log", "-w", "-o", f"-p {self.port}", "start")
        with open(f"{self.data}/postmaster.pid") as file:
            self.pid = int(file.readline())

    def stop(self):
        subprocess.run([*self.become, "pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop"], cwd=self.folder,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)

    def url(self, database):
        return f"postgres://bench@127.0.0.1:{self.port}/{database}"

    def psql(self, database, *arguments):
        command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", self.url(database), *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            sys.exit(f"psql: {ran.stderr}")
        return ran.stdout.strip()

    def seeded(self, rolecall, kind, plan):
        """The name of a database that is migrated and filled as `plan` says, made where it is missing."""
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        parts = [plan]
        for path in [f"{here}/seed.sql", *sorted(glob.glob(f"{here}/../migration/src/*.rs"))]:
            with open(path) as file:
                parts.append(file.read())
        name = f"{kind}_{hashlib.sha256(''.join(parts).encode()).hexdigest()[:12]}"
        if not self.psql("postgres", "-c", f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            self._seed(rolecall, kind, plan, f"{here}/seed.sql", name)
        # A session slides from when it was last used; these are used now.
        self.psql(name, "-c", "UPDATE sessions s SET created_at = now, last_seen_at = now, expires_at = now + interval '12 hours'"
                  " FROM users u, date_trunc('second', now()) now"
                  " WHERE u.tenant_id = s.tenant_id AND u.id = s.user_id AND u.role = 0", "-c", "VACUUM ANALYZE sessions")
        # What was written by hand must be what Rolecall would have written.
        rolecall("doctor", self.url(name))
        return name

    def copied(self, kept, name):
        """A copy of a database."""
        self.psql("postgres", "-c", f'DROP DATABASE IF EXISTS "{name}"', "-c", f'CREATE DATABASE "{name}" TEMPLATE "{kept}"',
                  "-c", "CHECKPOINT")
        return name

    def _seed(self, rolecall, kind, plan, script, name):
        print(f"filling {name} …", file=sys.stderr)
        for old in self.psql("postgres", "-c", f"SELECT datname FROM pg_database WHERE datname LIKE '{kind}\\_%'").split():
            self.psql("postgres", "-c", f'DROP DATABASE "{old}"')
        filling = f"{kind}_filling"
        self.psql("postgres", "-c", f'CREATE DATABASE "{filling}"')
        rolecall("migrate", self.url(filling))
        self.psql(filling, "-v", f"plan={plan}", "-f", script)
        self.psql("postgres", "-c", f'ALTER DATABASE "{filling}" RENAME TO "{name}"')
