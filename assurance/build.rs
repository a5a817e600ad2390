//! Compiles the requests to valgrind, which are macros in valgrind's own C headers.

fn main() {
    let source = "src/valgrind.c";
    println!("cargo::rerun-if-changed={source}");
    cc::Build::new().file(source).warnings(true).compile("requests");
}
