//! Ids as clients see them: TypeIDs, a kind and a UUIDv7 (T3).

use type_safe_id::{DynamicType, TypeSafeId};
use uuid::Uuid;

/// What an id can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `user_…`
    User,
    /// `template_…`
    Template,
    /// `tenant_…`
    Tenant,
    /// `session_…`
    Session,
    /// `seats_…`, over the id of the tenant.
    Seats,
}

impl Kind {
    const ALL: [Self; 5] = [Self::User, Self::Template, Self::Tenant, Self::Session, Self::Seats];

    fn prefix(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Template => "template",
            Self::Tenant => "tenant",
            Self::Session => "session",
            Self::Seats => "seats",
        }
    }
}

/// The public id of the row `id` of a kind.
pub fn encode(kind: Kind, id: Uuid) -> String {
    // The prefixes above are all valid, so this never falls back.
    DynamicType::new(kind.prefix())
        .map(|prefix| TypeSafeId::from_type_and_uuid(prefix, id).to_string())
        .unwrap_or_default()
}

/// The row that a public id of this kind names; none where it is malformed or of another kind.
pub fn decode(kind: Kind, id: &str) -> Option<Uuid> {
    parse(id).filter(|(of, _)| *of == kind).map(|(_, id)| id)
}

/// Kind and row of any public id; none where it is malformed.
pub fn parse(id: &str) -> Option<(Kind, Uuid)> {
    let id: TypeSafeId<DynamicType> = id.parse().ok()?;
    let kind = Kind::ALL.into_iter().find(|k| k.prefix() == id.type_prefix())?;
    Some((kind, id.uuid()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t3_an_id_that_is_malformed_or_of_another_kind_names_nothing() {
        let row = Uuid::from_u128(0x0190_1234_5678_7abc_8def_0123_4567_89ab);
        let id = encode(Kind::User, row);
        assert!(id.starts_with("user_") && id.len() == 31);
        assert_eq!(decode(Kind::User, &id), Some(row));
        assert_eq!(decode(Kind::Template, &id), None);
        for wrong in ["", "user_", "user", "nobody_01h455vb4pex5vsknk084sn02q", &id.to_uppercase(), &id[..30]]
        {
            assert_eq!(decode(Kind::User, wrong), None, "{wrong}");
        }
    }
}
