//! Falsifies the ledger, to show that the checks can fail.

use crate::ledger::{Possible, User};

/// Adds to the ledger an acknowledged write, a revocation, a message, a rotation and a user that never
/// existed. Each one has to be found.
pub fn spoil(users: &mut Vec<User>) {
    let mut live = users
        .iter_mut()
        .filter(|user| user.profile.must(Option::is_some));
    if let Some(user) = live.next() {
        user.profile.acknowledged(|profile| {
            let mut profile = profile.clone()?;
            profile.numbers = (Some(u64::MAX), Some(u64::MAX));
            Some(profile)
        });
    }
    if let Some(user) = live.next() {
        user.promise("nobody@example.com");
    }
    let mut sessions = live.flat_map(|user| user.sessions.iter_mut());
    if let Some(session) = sessions.find(|session| session.revoked.must(|revoked| !revoked)) {
        session.revoked = Possible::known(true);
    }
    if let Some(session) = sessions.find(|session| session.revoked.must(|revoked| !revoked)) {
        session.refresh.push('x');
    }
    if let Some(user) = users
        .iter_mut()
        .rev()
        .find(|user| user.profile.must(Option::is_some))
    {
        let mut ghost = User::new("ghost".to_owned());
        ghost.profile = user.profile.clone();
        users.push(ghost);
    }
}
