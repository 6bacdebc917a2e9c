//! Making and comparing argon2id hashes: whatever is wrong takes the same work. Runs in: the server.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};

use super::{Verdict, cost::Cost, memory::Memory};

pub struct Work {
    argon2: Argon2<'static>,
    memory: Memory,
    /// The greatest cost met so far, beginning with the configured one: where that was lowered, an account whose hash is of
    /// before must not be told from none.
    greatest: Mutex<Cost>,
    /// A hash that no password has, for accounts that do not exist.
    dummy: String,
    /// Blocks computed so far.
    spent: AtomicU64,
}

impl Work {
    /// Errors: in words, where argon2 or the randomness of the system does not work.
    pub fn new(params: Params) -> Result<Self, String> {
        let greatest = Mutex::new(Cost::of(&params));
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut nobody = [0; 32];
        getrandom::fill(&mut nobody).map_err(|error| error.to_string())?;
        let mut work =
            Self { argon2, memory: Memory::default(), greatest, dummy: String::new(), spent: AtomicU64::new(0) };
        work.dummy = work.hash(&nobody)?;
        Ok(work)
    }

    pub fn dummy(&self) -> &str {
        &self.dummy
    }

    /// In PHC form.
    pub fn hash(&self, password: &[u8]) -> Result<String, String> {
        let mut salt = [0; Salt::RECOMMENDED_LENGTH];
        getrandom::fill(&mut salt).map_err(|error| error.to_string())?;
        let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
        self.fill(&self.argon2, password, &salt, &mut out)?;
        let made = PasswordHash {
            algorithm: argon2::ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(self.argon2.params()).map_err(|error| error.to_string())?,
            salt: Some(Salt::new(&salt).map_err(|error| error.to_string())?),
            hash: Some(Output::new(&out).map_err(|error| error.to_string())?),
        };
        Ok(made.to_string())
    }

    /// Compares. `opens` is false where not even the right password is right: then nothing shows that it was.
    pub fn verify(&self, password: &[u8], stored: &str, opens: bool) -> Result<Verdict, String> {
        let (is_right, had) = self.compare(password, stored).or_else(|why| {
            tracing::error!(why, "a stored password hash is unreadable: no password opens its account");
            self.compare(password, &self.dummy)
        })?;
        let wanted = Cost::of(self.argon2.params());
        match is_right && opens {
            true if had.is_below(wanted) => self.hash(password).map(Verdict::RightButCheap),
            true => Ok(Verdict::Right),
            false => self.make_up(password, had).map(|()| Verdict::Wrong),
        }
    }

    /// The parameters come from the stored hash, so that old ones still verify. In constant time but for what is public.
    fn compare(&self, password: &[u8], stored: &str) -> Result<(bool, Cost), String> {
        let parsed = PasswordHash::new(stored).map_err(|error| error.to_string())?;
        let (Some(salt), Some(hash)) = (&parsed.salt, &parsed.hash) else { return Err("no salt or no hash".into()) };
        let algorithm = Algorithm::try_from(parsed.algorithm.as_str()).map_err(|error| error.to_string())?;
        let version = parsed.version.map_or(Ok(Version::V0x13), Version::try_from);
        let params = Params::try_from(&parsed).map_err(|error| error.to_string())?;
        let argon2 = Argon2::new(algorithm, version.map_err(|error| error.to_string())?, params);
        let mut out = [0; Output::MAX_LENGTH];
        let out = &mut out[..hash.len()];
        self.fill(&argon2, password, salt, out)?;
        let computed = Output::new(out).map_err(|error| error.to_string())?;
        // `Output` compares in constant time.
        Ok((computed == *hash, Cost::of(argon2.params())))
    }

    /// Computes what a hash of the greatest cost would have taken beyond one of `had`, for nothing.
    fn make_up(&self, password: &[u8], had: Cost) -> Result<(), String> {
        let wanted = {
            let mut greatest = self.greatest.lock().unwrap_or_else(PoisonError::into_inner);
            if had.work() > greatest.work() {
                *greatest = had;
            }
            *greatest
        };
        let Some(missing) = had.missing_to(wanted) else { return Ok(()) };
        let params = Params::new(missing.memory_kib, missing.iterations, 1, None).map_err(|error| error.to_string())?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        self.fill(&argon2, password, &[0; Salt::RECOMMENDED_LENGTH], &mut [0; Params::DEFAULT_OUTPUT_LEN])
    }

    fn fill(&self, argon2: &Argon2<'_>, password: &[u8], salt: &[u8], out: &mut [u8]) -> Result<(), String> {
        self.spent.fetch_add(Cost::of(argon2.params()).work(), Ordering::Relaxed);
        let mut lent = self.memory.lend(argon2.params());
        argon2.hash_password_into_with_memory(password, salt, out, lent.blocks()).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(memory: u32, iterations: u32) -> Work {
        Work::new(Params::new(memory, iterations, 1, None).unwrap()).unwrap()
    }

    /// Blocks that a verification computes.
    fn spent(work: &Work, password: &str, stored: &str, opens: bool) -> (Verdict, u64) {
        let before = work.spent.load(Ordering::Relaxed);
        let verdict = work.verify(password.as_bytes(), stored, opens).unwrap();
        (verdict, work.spent.load(Ordering::Relaxed) - before)
    }

    #[test]
    fn r27_whatever_is_wrong_takes_the_same_work_also_after_the_cost_was_raised_or_lowered() {
        for (then, now) in [((64, 1), (64, 4)), ((64, 2), (256, 2)), ((256, 2), (64, 2)), ((64, 2), (64, 2))] {
            let old = work(then.0, then.1).hash(b"a right one").unwrap();
            let node = work(now.0, now.1);
            let new = node.hash(b"a right one").unwrap();
            let nobody = node.dummy().to_owned();
            // A greater cost shows once.
            spent(&node, "a wrong one", &old, true);

            let expected = u64::from(then.0 * then.1).max(u64::from(now.0 * now.1));
            for (password, stored, opens) in [
                ("a wrong one", &old, true),
                ("a wrong one", &new, true),
                ("a right one", &nobody, true),
                ("a right one", &old, false),
                ("a right one", &new, false),
            ] {
                assert_eq!(spent(&node, password, stored, opens), (Verdict::Wrong, expected), "{then:?} {now:?}");
            }
        }
    }

    #[test]
    fn hashes_are_those_of_everybody_else() {
        use argon2::{PasswordHasher, PasswordVerifier};
        let ours = work(64, 2).hash(b"a right one").unwrap();
        let theirs = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(128, 1, 2, None).unwrap());
        let theirs = theirs.hash_password(b"a right one").unwrap().to_string();

        assert!(ours.starts_with("$argon2id$v=19$m=64,t=2,p=1$"), "{ours}");
        Argon2::default().verify_password(b"a right one", ours.as_str()).unwrap();
        assert_eq!(work(64, 1).verify(b"a right one", &theirs, true).unwrap(), Verdict::Right);
        assert_eq!(work(64, 1).verify(b"a wrong one", &theirs, true).unwrap(), Verdict::Wrong);
        for rubbish in ["", "x", "$argon2id$v=19$m=64,t=2,p=1", "$2b$10$abcdefghijklmnopqrstuv"] {
            assert_eq!(work(64, 1).verify(b"a right one", rubbish, true), Ok(Verdict::Wrong), "{rubbish}");
        }
    }
}
