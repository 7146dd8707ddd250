use super::{
    Code, Error, Fault, Patch, Result,
    text::{Email, TextFault},
};

/// Collects the faults of the input itself, which come together, in the order of the contract's fields (B1).
#[derive(Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Notes a fault.
    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Takes a parsed text, or notes what is wrong with the field.
    pub fn text<T>(&mut self, field: &str, parsed: std::result::Result<T, TextFault>) -> Option<T> {
        parsed.map_err(|fault| self.push(text_fault(fault, field))).ok()
    }

    /// Takes a field that an edit can set but not clear (U4).
    pub fn required<T>(&mut self, field: &str, patch: Patch<T>) -> Option<T> {
        match patch {
            Patch::Absent => None,
            Patch::Value(value) => Some(value),
            Patch::Null => {
                self.push(Fault::at(Code::Required, &[field]));
                None
            }
        }
    }

    /// Takes an address.
    pub fn email(&mut self, field: &str, typed: &str) -> Option<Email> {
        self.text(field, Email::parse(typed))
    }

    /// Refuses when there was any fault.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Refused(self.0)) }
    }
}

fn text_fault(fault: TextFault, field: &str) -> Fault {
    match fault {
        TextFault::Required => Fault::at(Code::Required, &[field]),
        TextFault::TooLong { max } => {
            Fault::at(Code::TooLong, &[field]).saying(format!("At most {max} characters are allowed here."))
        }
        TextFault::InvalidText => Fault::at(Code::InvalidText, &[field]),
        TextFault::InvalidEmail => Fault::at(Code::InvalidEmail, &[field]),
    }
}
