//! Anything in any order, with a crash at any step: no number has two holders, no claim sticks, every request is answered.
