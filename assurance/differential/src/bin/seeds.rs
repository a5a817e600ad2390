//! Writes the seeds of each fuzz target into a folder: `seeds FOLDER`.

use std::{env, error::Error, fs, path::PathBuf};

use pivotal_webhooks_differential::oracle;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).map(PathBuf::from).ok_or("name a folder for the seeds")?;
    for (number, (target, seed)) in oracle::seeds().into_iter().enumerate() {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("vector-{number:05}")), seed)?;
    }
    Ok(())
}
