//! The sections of `docs/troubleshooting.md`, which are named by codes.

const PAGE: &str = "docs/troubleshooting.md";

/// The address of a code's section. A build of a release knows the repository by its manifest; another one
/// is built in the repository, where the address is the path.
pub(crate) fn of(code: &str) -> String {
    let page = match env!("CARGO_PKG_REPOSITORY") {
        "" => PAGE.to_owned(),
        repository => format!("{repository}/blob/v{}/{PAGE}", env!("CARGO_PKG_VERSION")),
    };
    format!("{page}#{code}")
}
