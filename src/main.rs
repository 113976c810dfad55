//! The program `warmline`. Everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    warmline::cli::main()
}
