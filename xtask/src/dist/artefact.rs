//! The list of what is published, and how each artefact is built and run.

/// Something that a registry gets.
pub(crate) struct Artefact {
    /// What `--only` compares words with.
    pub(crate) name: &'static str,
    /// Where it runs, for the table of platforms.
    pub(crate) platform: &'static str,
    pub(crate) form: Form,
    pub(crate) runtime: Runtime,
}

impl Artefact {
    pub(crate) const fn is_of_npm(&self) -> bool {
        matches!(self.form, Form::Npm | Form::Addon(_) | Form::Program(_))
    }
}

/// What kind of artefact it is.
pub(crate) enum Form {
    /// The crates.
    Crates,
    /// The source distribution for pip.
    Sdist,
    /// The npm packages without an addon.
    Npm,
    Wheel(Wheel),
    Addon(Addon),
    Program(Program),
    /// The source distribution of the command-line tool for pip.
    ProgramSdist,
    /// The crates that each package contains, in the format CycloneDX.
    Sbom,
    /// The packages of this system from a copy of the sources, for comparison.
    SecondBuild,
}

/// A wheel for one platform.
pub(crate) struct Wheel {
    /// The compiler's targets.
    pub(crate) targets: &'static [&'static str],
    /// What maturin gets besides.
    pub(crate) options: &'static [&'static str],
    /// The interpreters that load it, as in the file's name.
    pub(crate) tag: &'static str,
}

/// A package with an addon.
pub(crate) struct Addon {
    /// Its name in `bindings-node/npm/platforms.json`.
    pub(crate) platform: &'static str,
    /// What `cargo zigbuild` gets as the target; none if it can't be built without the system's SDK.
    pub(crate) target: Option<&'static str>,
}

/// The command-line tool for a platform, as a wheel and as a package of npm.
pub(crate) struct Program {
    /// The platform's name in `bindings-node/npm/platforms.json`.
    pub(crate) platform: &'static str,
    /// The compiler's target; none if it can't be built without the system's SDK.
    pub(crate) target: Option<&'static str>,
    /// What maturin gets besides.
    pub(crate) options: &'static [&'static str],
}

/// What runs an artefact.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Runtime {
    /// This machine.
    Native,
    /// musl's loader.
    Musl,
    /// QEMU, with glibc of arm64.
    Arm64,
    /// QEMU, with musl's loader of arm64.
    Arm64Musl,
    /// A CPython without the global lock.
    FreeThreaded,
    /// Wine.
    Windows,
    /// Nothing on this machine.
    None,
}

impl Runtime {
    /// How a program is run, for the table of platforms.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            // A program for musl is linked statically.
            Self::Native | Self::Musl | Self::FreeThreaded => "natively",
            Self::Arm64 | Self::Arm64Musl => "under QEMU",
            Self::Windows => "under Wine",
            Self::None => "nowhere",
        }
    }
}

const GNU: [&str; 2] = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];
const MUSL: [&str; 2] = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"];
const ZIG_GNU: &[&str] = &["--zig", "--compatibility", "manylinux_2_17"];
const ZIG_MUSL: &[&str] = &["--zig", "--compatibility", "musllinux_1_2"];
const DARWIN: [&str; 2] = ["x86_64-apple-darwin", "aarch64-apple-darwin"];

/// Every artefact, in the order in which they are built.
pub(crate) const ARTEFACTS: &[Artefact] = &[
    Artefact {
        name: "crates",
        platform: "every platform of Rust, with and without `std`",
        form: Form::Crates,
        runtime: Runtime::Native,
    },
    Artefact {
        name: "sdist",
        platform: "every platform of CPython and Rust",
        form: Form::Sdist,
        runtime: Runtime::Native,
    },
    Artefact {
        name: "npm",
        platform: "WebAssembly: every JavaScript runtime",
        form: Form::Npm,
        runtime: Runtime::Native,
    },
    wheel(
        "wheel-linux-x64-gnu",
        "Linux x86-64, glibc 2.17 or newer",
        &[GNU[0]],
        ZIG_GNU,
        "cp310-abi3",
        Runtime::Native,
    ),
    wheel(
        "wheel-linux-arm64-gnu",
        "Linux arm64, glibc 2.17 or newer",
        &[GNU[1]],
        ZIG_GNU,
        "cp310-abi3",
        Runtime::Arm64,
    ),
    wheel(
        "wheel-linux-x64-musl",
        "Linux x86-64, musl 1.2 or newer",
        &[MUSL[0]],
        ZIG_MUSL,
        "cp310-abi3",
        Runtime::Musl,
    ),
    wheel(
        "wheel-linux-arm64-musl",
        "Linux arm64, musl 1.2 or newer",
        &[MUSL[1]],
        ZIG_MUSL,
        "cp310-abi3",
        Runtime::Arm64Musl,
    ),
    wheel(
        "wheel-linux-x64-free-threaded",
        "Linux x86-64, glibc 2.17 or newer, CPython 3.14 without the global lock",
        &[GNU[0]],
        &["--zig", "--compatibility", "manylinux_2_17", "--interpreter", "python3.14t"],
        "cp314-cp314t",
        Runtime::FreeThreaded,
    ),
    wheel(
        "wheel-darwin",
        "macOS, x86-64 and arm64",
        &DARWIN,
        &["--zig"],
        "cp310-abi3",
        Runtime::None,
    ),
    wheel(
        "wheel-win32-x64",
        "Windows x86-64",
        &["x86_64-pc-windows-gnu"],
        &[],
        "cp310-abi3",
        Runtime::None,
    ),
    addon(
        "linux-x64-gnu",
        "Linux x86-64, glibc 2.17 or newer",
        Some("x86_64-unknown-linux-gnu.2.17"),
        Runtime::Native,
    ),
    addon(
        "linux-arm64-gnu",
        "Linux arm64, glibc 2.17 or newer",
        Some("aarch64-unknown-linux-gnu.2.17"),
        Runtime::Arm64,
    ),
    addon("linux-x64-musl", "Linux x86-64, musl 1.2 or newer", Some(MUSL[0]), Runtime::Musl),
    addon("linux-arm64-musl", "Linux arm64, musl 1.2 or newer", Some(MUSL[1]), Runtime::Arm64Musl),
    addon("darwin-x64", "macOS x86-64", Some(DARWIN[0]), Runtime::None),
    addon("darwin-arm64", "macOS arm64", Some(DARWIN[1]), Runtime::None),
    addon("win32-x64-msvc", "Windows x86-64", Some("x86_64-pc-windows-gnu"), Runtime::Windows),
    addon("win32-arm64-msvc", "Windows arm64", None, Runtime::None),
    program(
        "tool-linux-x64-gnu",
        "Linux x86-64, glibc 2.17 or newer",
        Program { platform: "linux-x64-gnu", target: Some(GNU[0]), options: ZIG_GNU },
        Runtime::Native,
    ),
    program(
        "tool-linux-arm64-gnu",
        "Linux arm64, glibc 2.17 or newer",
        Program { platform: "linux-arm64-gnu", target: Some(GNU[1]), options: ZIG_GNU },
        Runtime::Arm64,
    ),
    program(
        "tool-linux-x64-musl",
        "Linux x86-64, linked statically with musl",
        Program { platform: "linux-x64-musl", target: Some(MUSL[0]), options: ZIG_MUSL },
        Runtime::Musl,
    ),
    program(
        "tool-linux-arm64-musl",
        "Linux arm64, linked statically with musl",
        Program { platform: "linux-arm64-musl", target: Some(MUSL[1]), options: ZIG_MUSL },
        Runtime::Arm64Musl,
    ),
    program(
        "tool-darwin-x64",
        "macOS x86-64",
        Program { platform: "darwin-x64", target: Some(DARWIN[0]), options: &["--zig"] },
        Runtime::None,
    ),
    program(
        "tool-darwin-arm64",
        "macOS arm64",
        Program { platform: "darwin-arm64", target: Some(DARWIN[1]), options: &["--zig"] },
        Runtime::None,
    ),
    program(
        "tool-win32-x64-msvc",
        "Windows x86-64",
        Program { platform: "win32-x64-msvc", target: Some("x86_64-pc-windows-gnu"), options: &[] },
        Runtime::Windows,
    ),
    program(
        "tool-win32-arm64-msvc",
        "Windows arm64",
        Program { platform: "win32-arm64-msvc", target: None, options: &[] },
        Runtime::None,
    ),
    Artefact {
        name: "tool-sdist",
        platform: "every platform of CPython and Rust",
        form: Form::ProgramSdist,
        runtime: Runtime::Native,
    },
    Artefact { name: "sbom", platform: "every platform", form: Form::Sbom, runtime: Runtime::None },
    Artefact {
        name: "second-build",
        platform: "Linux x86-64, glibc 2.17 or newer; WebAssembly",
        form: Form::SecondBuild,
        runtime: Runtime::None,
    },
];

const fn wheel(
    name: &'static str,
    platform: &'static str,
    targets: &'static [&'static str],
    options: &'static [&'static str],
    tag: &'static str,
    runtime: Runtime,
) -> Artefact {
    Artefact { name, platform, form: Form::Wheel(Wheel { targets, options, tag }), runtime }
}

const fn addon(
    name: &'static str,
    platform: &'static str,
    target: Option<&'static str>,
    runtime: Runtime,
) -> Artefact {
    Artefact { name, platform, form: Form::Addon(Addon { platform: name, target }), runtime }
}

const fn program(
    name: &'static str,
    platform: &'static str,
    program: Program,
    runtime: Runtime,
) -> Artefact {
    Artefact { name, platform, form: Form::Program(program), runtime }
}
