//! The allocator. The only unsafe code of this crate.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use crate::registry::{self, Search as _};

/// The system's allocator, which looks into every block before it is freed.
///
/// Blocks are handed out zeroed. So what is found in one was written by its owner, not left
/// behind by the one before, and no byte that is read was never written.
#[derive(Debug)]
pub struct Watch;

thread_local! {
    /// More than zero while this thread's blocks are not searched.
    static EXEMPT: Cell<u32> = const { Cell::new(0) };
}

/// Runs `scene` without searching the blocks that this thread frees meanwhile: it stands for the
/// world, which knows its own secrets (the chip on the card, the person at the keys).
pub fn exempt<T>(scene: impl FnOnce() -> T) -> T {
    let _exempt = Exempt::enter();
    scene()
}

struct Exempt;

impl Exempt {
    fn enter() -> Self {
        // A thread that is ending has no such value any more, and is searched no more either.
        let _ = EXEMPT.try_with(|depth| depth.set(depth.get() + 1));
        Self
    }
}

impl Drop for Exempt {
    fn drop(&mut self) {
        let _ = EXEMPT.try_with(|depth| depth.set(depth.get() - 1));
    }
}

/// A reference to what was leaked on purpose.
pub(crate) fn leaked<T>(pointer: *const T) -> Option<&'static T> {
    // SAFETY: the callers pass null or a pointer from `Box::leak`, which stays valid and is
    // never written again.
    unsafe { pointer.as_ref() }
}

// SAFETY: every request goes to `System` with the layout that it came with; `realloc` is an
// allocation, a copy of the smaller size, and a release.
unsafe impl GlobalAlloc for Watch {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller vouches for the layout.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller vouches for the layout.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let searched = EXEMPT.try_with(|depth| depth.get() == 0).unwrap_or(false);
        if searched {
            // SAFETY: the block is still allocated, `layout.size()` bytes long, was zeroed when
            // it was handed out, and belongs to nobody but this call.
            let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
            // Writing a finding down allocates and frees; that is not searched again.
            let _exempt = Exempt::enter();
            if let Some(secret) = registry::registry().and_then(|registry| registry.find(bytes)) {
                registry::record(secret, layout.size());
            }
        }
        // SAFETY: the caller vouches that the block came from here with this layout.
        unsafe { System.dealloc(block, layout) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller vouches that `size`, rounded up to the alignment, does not overflow.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: `size` is not zero, as the caller vouches.
        let grown = unsafe { self.alloc(wanted) };
        if !grown.is_null() {
            // SAFETY: both are valid for the smaller of the two sizes and do not overlap.
            unsafe { std::ptr::copy_nonoverlapping(block, grown, layout.size().min(size)) };
            // A buffer that grows in place leaves nothing behind, but whether it can is luck:
            // the old block is searched as if it had moved.
            // SAFETY: the old block came from here with this layout and is not used any more.
            unsafe { self.dealloc(block, layout) };
        }
        grown
    }
}
