//! Sessions: who is asking (L3).

mod authenticate;
mod beside;
mod open;
mod own;
mod sign_in;
mod sign_out;

pub use authenticate::{Key, authenticate, principal};
pub use beside::{Beside, Invited, Nothing};
pub use open::{SignedIn, end_all, end_others, note_sign_in, open};
pub use own::{list, revoke, revoke_others};
pub use sign_in::sign_in;
pub use sign_out::sign_out;
