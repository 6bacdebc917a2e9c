//! Who may do what: one table that guards server functions and hides parts of pages. Runs in: both.
//!
//! An application's own permissions are an enum of its own with a table of its own:
//!
//! ```
//! use tabkey_core::{EVERYBODY, Permit, Policy};
//!
//! #[derive(Clone, Copy, PartialEq)]
//! enum Ledger {
//!     Read,
//!     Book,
//! }
//!
//! impl Permit for Ledger {
//!     const POLICY: Policy<Self> =
//!         Policy::new(&[(EVERYBODY, &[Ledger::Read]), ("ledger-clerk", &[Ledger::Read, Ledger::Book])]);
//! }
//!
//! assert!(Ledger::Book.is_held_by(&["ledger-clerk"]));
//! assert!(!Ledger::Book.is_held_by::<&str>(&[]));
//! ```
//!
//! `guard::allowed(Ledger::Book)` then guards a server function, and `<Allowed permission=Ledger::Book>` hides its button.

/// The role that every signed-in person has without being given it.
pub const EVERYBODY: &str = "user";
/// The role that is first given on the command line: `tabkey user grant ann@example.org admin`.
pub const ADMIN: &str = "admin";

/// What a person may be allowed to do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See one's own account and devices, and change them.
    UseAccount,
    /// See every account, and block it, sign it out and give it roles.
    ManageUsers,
    /// See what happened, to whom and by whom.
    ReadLog,
}

impl Permit for Permission {
    const POLICY: Policy<Self> = Policy::new(&[
        (EVERYBODY, &[Self::UseAccount]),
        (ADMIN, &[Self::UseAccount, Self::ManageUsers, Self::ReadLog]),
    ]);
}

/// Something that a person may be allowed to do, and the table that says who is.
pub trait Permit: Copy + PartialEq + Send + Sync + 'static {
    const POLICY: Policy<Self>;

    /// Whether a person with these roles may do it.
    fn is_held_by<R: AsRef<str>>(self, roles: &[R]) -> bool {
        Self::POLICY.allows(roles, self)
    }
}

/// Each role with what it allows. A role that is not in it allows nothing.
pub struct Policy<P: 'static>(&'static [(&'static str, &'static [P])]);

impl<P: PartialEq> Policy<P> {
    pub const fn new(table: &'static [(&'static str, &'static [P])]) -> Self {
        Self(table)
    }

    /// Whether one of the roles, or being signed in at all, allows it.
    pub fn allows<R: AsRef<str>>(&self, roles: &[R], permission: P) -> bool {
        let has = |role: &str| role == EVERYBODY || roles.iter().any(|held| held.as_ref() == role);
        self.0.iter().any(|(role, permissions)| has(role) && permissions.contains(&permission))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admin_may_everything_and_everybody_else_their_own() {
        for permission in [Permission::UseAccount, Permission::ManageUsers, Permission::ReadLog] {
            assert!(permission.is_held_by(&["admin"]), "{permission:?}");
        }
        for roles in [&[][..], &["user"], &["Admin"], &["administrator", "ledger-clerk"]] {
            assert!(Permission::UseAccount.is_held_by(roles), "{roles:?}");
            assert!(!Permission::ManageUsers.is_held_by(roles), "{roles:?}");
            assert!(!Permission::ReadLog.is_held_by(roles), "{roles:?}");
        }
    }

    #[test]
    fn roles_add_up() {
        #[derive(Clone, Copy, PartialEq)]
        enum Own {
            Read,
            Book,
            Close,
        }
        impl Permit for Own {
            const POLICY: Policy<Self> = Policy::new(&[("reader", &[Own::Read]), ("clerk", &[Own::Book])]);
        }

        assert!(Own::Read.is_held_by(&["clerk", "reader"]) && Own::Book.is_held_by(&["clerk", "reader"]));
        assert!(!Own::Book.is_held_by(&["reader"]));
        assert!(!Own::Close.is_held_by(&["clerk", "reader", "admin"]), "what no role has nobody may");
    }
}
