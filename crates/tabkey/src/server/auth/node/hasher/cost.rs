//! What a hash costs, and what is missing to another cost: pure. Runs in: the server.

use argon2::Params;

/// KiB and passes of argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub memory_kib: u32,
    pub iterations: u32,
}

/// The least that argon2 takes.
const LEAST_KIB: u64 = 8;
/// Memory by the number of passes: OWASP's Password Storage Cheat Sheet calls these equal. More passes than five need no
/// less memory.
const FLOOR: [(u32, u32); 5] = [(1, 47_104), (2, 19_456), (3, 12_288), (4, 9_216), (5, 7_168)];

impl Cost {
    pub fn of(params: &Params) -> Self {
        Self { memory_kib: params.m_cost(), iterations: params.t_cost() }
    }

    /// Blocks that are computed: time is proportional to it.
    pub fn work(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.iterations)
    }

    /// Whether a hash of this cost is to be replaced by one of that cost.
    pub fn is_below(self, wanted: Self) -> bool {
        self.memory_kib < wanted.memory_kib || self.iterations < wanted.iterations
    }

    /// What else is to be computed after a hash of this cost, so that both together take as long as one of that cost.
    pub fn missing_to(self, wanted: Self) -> Option<Self> {
        let missing = wanted.work().checked_sub(self.work()).filter(|missing| *missing > 0)?;
        if self.memory_kib == wanted.memory_kib {
            return Some(Self { iterations: wanted.iterations - self.iterations, ..wanted });
        }
        // As many passes as the wanted one has: the first of them is a little cheaper than the others.
        let memory = (missing / u64::from(wanted.iterations)).max(LEAST_KIB);
        u32::try_from(memory).ok().map(|memory_kib| Self { memory_kib, ..wanted })
    }

    /// Whether it is less than OWASP's floor.
    pub fn is_weak(self) -> bool {
        let rows = FLOOR.iter().filter(|(iterations, _)| *iterations <= self.iterations);
        !rows.clone().any(|(_, memory)| self.memory_kib >= *memory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(memory_kib: u32, iterations: u32) -> Cost {
        Cost { memory_kib, iterations }
    }

    #[test]
    fn what_is_missing_makes_up_the_difference() {
        let rows = [
            (cost(19_456, 1), cost(19_456, 4)),
            (cost(19_456, 2), cost(19_456, 3)),
            (cost(19_456, 2), cost(65_536, 2)),
            (cost(12_288, 3), cost(19_456, 2)),
            (cost(64, 1), cost(47_104, 1)),
            (cost(8, 1), cost(64, 3)),
        ];
        for (had, wanted) in rows {
            let both = had.work() + had.missing_to(wanted).map_or(0, Cost::work);
            assert!(both.abs_diff(wanted.work()) * 100 <= wanted.work() * 5, "{had:?} {wanted:?} {both}");
        }
    }

    #[test]
    fn nothing_is_missing_to_the_same_or_less() {
        assert_eq!(cost(64, 2).missing_to(cost(64, 2)), None);
        assert_eq!(cost(64, 4).missing_to(cost(128, 1)), None);
    }

    #[test]
    fn the_floor_is_owasps() {
        for (memory, iterations) in
            [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5), (7_168, 9), (65_536, 3)]
        {
            assert!(!cost(memory, iterations).is_weak(), "{memory} {iterations}");
            assert!(cost(memory - 1, iterations).is_weak() || memory == 65_536, "{memory} {iterations}");
        }
        assert!(cost(8, 1).is_weak() && cost(8, 100).is_weak() && cost(19_456, 1).is_weak());
    }
}
