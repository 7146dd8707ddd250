//! Choosing passwords: by a mailed link, or knowing the present one (L2, L5).

mod change;
mod choose;
mod request_reset;
mod reset;

pub use change::{ChangePassword, change};
pub(super) use choose::{check_length, choose, lock, store};
pub use request_reset::request_reset;
pub use reset::{ResetPassword, reset};
