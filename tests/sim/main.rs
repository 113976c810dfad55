//! The whole switch under a virtual clock.
