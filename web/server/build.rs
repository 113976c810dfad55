//! The built pages are part of the program: it is compiled again when they change.

fn main() {
    println!("cargo:rerun-if-changed=../ui/dist");
}
