//! What only the feature `inspect` needs: numbers that are given from outside.

use super::Channel;

impl<K> Channel<K> {
    /// Sets the numbers of the next records to write, in epoch 0 and in epoch 1.
    pub(crate) fn set_next(&mut self, next: [u64; 2]) {
        self.next = next;
    }
}
