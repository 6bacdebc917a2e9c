//! The memory of the hashes, kept and used again: a fresh 19 MiB for each is 5,000 page faults, and what many threads have
//! given back to the allocator stays with the process. Runs in: the server.

use std::sync::{Mutex, PoisonError};

use argon2::{Block, Params};

/// As much as the hashes that ran at one time needed, and no more.
#[derive(Default)]
pub struct Memory {
    idle: Mutex<Vec<Vec<Block>>>,
}

impl Memory {
    /// Lends what a hash with these parameters fills.
    pub fn lend(&self, params: &Params) -> Lent<'_> {
        let mut blocks = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let (count, lanes) = (params.block_count(), usize::try_from(params.p_cost()).unwrap_or(1).max(1));
        if blocks.len() < count {
            // Nothing of it is worth a copy.
            blocks = Vec::new();
            blocks.resize(count, Block::new());
        }
        Lent { memory: self, blocks, count, lane: count / lanes }
    }
}

/// Comes back by itself.
pub struct Lent<'a> {
    memory: &'a Memory,
    blocks: Vec<Block>,
    count: usize,
    lane: usize,
}

impl Lent<'_> {
    pub fn blocks(&mut self) -> &mut [Block] {
        &mut self.blocks[..self.count]
    }
}

impl Drop for Lent<'_> {
    /// By the first two blocks of a lane a guess could be tried without the cost, and the last one is the hash itself: they
    /// are wiped. To try one by any other block costs as much as by the hash in the database.
    fn drop(&mut self) {
        for lane in self.blocks[..self.count].chunks_mut(self.lane.max(1)) {
            let last = lane.len() - 1;
            for at in [0, 1.min(last), last] {
                lane[at] = Block::new();
            }
        }
        let blocks = std::mem::take(&mut self.blocks);
        self.memory.idle.lock().unwrap_or_else(PoisonError::into_inner).push(blocks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_lent_is_lent_again_without_what_a_guess_could_be_tried_by() {
        let memory = Memory::default();
        let params = Params::new(16, 1, 1, None).unwrap();
        let mut lent = memory.lend(&params);
        assert_eq!(lent.blocks().len(), 16);
        for block in lent.blocks() {
            block.as_mut().fill(7);
        }
        let place = lent.blocks().as_ptr();
        drop(lent);

        let mut again = memory.lend(&params);

        assert_eq!(again.blocks().as_ptr(), place);
        let words: Vec<u64> = again.blocks().iter().map(|block| block.as_ref()[0]).collect();
        assert_eq!(words, [0, 0, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0]);
    }

    #[test]
    fn there_is_as_much_as_was_needed_at_one_time() {
        let memory = Memory::default();
        let params = Params::new(16, 1, 1, None).unwrap();
        for _ in 0..10 {
            let (_one, _other) = (memory.lend(&params), memory.lend(&params));
        }
        assert_eq!(memory.idle.lock().unwrap().len(), 2);
    }

    #[test]
    fn a_greater_cost_gets_more_and_a_lower_one_the_same() {
        let memory = Memory::default();
        for (kib, kept) in [(16, 16), (64, 64), (8, 64)] {
            assert_eq!(memory.lend(&Params::new(kib, 1, 1, None).unwrap()).blocks().len(), kib as usize);
            assert_eq!(memory.idle.lock().unwrap()[0].len(), kept);
        }
    }
}
