use entity::DeliveryFailure;
use lettre::transport::smtp;

/// Why a mail was not handed over. The server's own text is for the log alone.
#[derive(Debug)]
pub struct NotSent {
    /// The same in the contract's words.
    pub failure: DeliveryFailure,
    /// Whether trying again is pointless.
    pub for_good: bool,
    /// What the server, or the library, said.
    pub inside: String,
}

impl NotSent {
    /// The address cannot be written to at all.
    pub fn bad_address(inside: impl ToString) -> Self {
        Self { failure: DeliveryFailure::AddressRejected, for_good: true, inside: inside.to_string() }
    }

    /// Nobody took it, for now.
    pub fn unreachable(inside: impl ToString) -> Self {
        Self { failure: DeliveryFailure::Unreachable, for_good: false, inside: inside.to_string() }
    }

    /// What a mail server's answer means: by the enhanced code that its text begins with (RFC 3463), or else by its
    /// code. What lasts only for now and is then given up was never a refusal: the mailbox was full, or nobody could be
    /// reached.
    pub fn answered(error: &smtp::Error) -> Self {
        let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        let inside = format!("{error}: {text}");
        let code = error.status().map(|code| code.to_string()).unwrap_or_default();
        let enhanced = text.split_whitespace().next().unwrap_or_default();
        let subject = enhanced.strip_prefix("5.").or_else(|| enhanced.strip_prefix("4."));
        if is_about_us(&code, subject) {
            return Self::unreachable(inside);
        }
        let full = subject.map_or(matches!(code.as_str(), "552" | "452"), |s| s == "2.2");
        let recipient = subject.map_or(matches!(code.as_str(), "550" | "551" | "553"), |s| {
            (s.starts_with("1.") && !matches!(s, "1.7" | "1.8")) || s == "2.1"
        });
        let failure = match error.is_permanent() {
            _ if full => DeliveryFailure::MailboxFull,
            true if recipient => DeliveryFailure::AddressRejected,
            true => DeliveryFailure::Refused,
            false => DeliveryFailure::Unreachable,
        };
        Self { failure, for_good: error.is_permanent(), inside }
    }
}

/// Whether the server refuses our user or password, or asks for one. No mail is to blame for that, and none is lost by
/// it: an operator sets it right within the day.
fn is_about_us(code: &str, subject: Option<&str>) -> bool {
    matches!(code, "530" | "534" | "535" | "538") || matches!(subject, Some("7.8" | "7.9" | "7.11"))
}
