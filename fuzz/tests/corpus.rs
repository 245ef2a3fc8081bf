//! The fuzz targets without a fuzzer, on a stable compiler: the corpus, then mutations of it for `FUZZ_SECONDS` seconds
//! (default 2). The seed is printed; `FUZZ_SEED` sets it.

use std::io::Write as _;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The generator of George Marsaglia's "Xorshift RNGs" (2003).
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 & 0x7fff_ffff).expect("31 bits")
    }

    fn below(&mut self, end: usize) -> usize {
        self.next() % end.max(1)
    }
}

/// The building blocks of such texts.
const PIECES: [&str; 28] = [
    "\n",
    "  ",
    "- ",
    ": ",
    "#",
    "'",
    "\"",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&a ",
    "*a",
    "<<: *a",
    "|\n",
    ">-\n",
    "\r\n",
    "\t",
    "---\n",
    "...\n",
    "!!str ",
    "? ",
    "\0",
    "\u{feff}",
    "- rolearn: arn:aws:iam::111122223333:role/fuzz\n",
    "  username: fuzz\n",
    "  groups: [a]\n",
];

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let dir = format!("{}/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = std::fs::read_dir(dir).expect("a corpus").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a file")).collect()
}

fn changed(mut bytes: Vec<u8>, all: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(12)).min(bytes.len());
        match random.below(5) {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..end, PIECES[random.below(PIECES.len())].bytes())),
            2 => drop(bytes.splice(at..at, PIECES[random.below(PIECES.len())].bytes())),
            3 => {
                let piece = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, piece));
            }
            _ => {
                let other = &all[random.below(all.len())];
                let from = random.below(other.len() + 1);
                let to = (from + random.below(80)).min(other.len());
                drop(bytes.splice(at..at, other[from..to].iter().copied()));
            }
        }
    }
    bytes
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn run(name: &str, target: fn(&[u8])) {
    let all = corpus(name);
    all.iter().for_each(|bytes| target(bytes));
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| time.as_micros() as u64);
    let seed = number("FUZZ_SEED").unwrap_or_else(clock).max(1);
    let mut random = Random(seed);
    let end = Instant::now() + Duration::from_secs(number("FUZZ_SECONDS").unwrap_or(2));
    let mut count = 0_u64;
    while Instant::now() < end {
        let bytes = changed(all[random.below(all.len())].clone(), &all, &mut random);
        if std::panic::catch_unwind(|| target(&bytes)).is_err() {
            panic!("{name}, FUZZ_SEED={seed}, input {count}: {:?}", String::from_utf8_lossy(&bytes));
        }
        count += 1;
    }
    let _ = writeln!(std::io::stderr(), "{name}: {count} inputs, FUZZ_SEED={seed}");
}

#[test]
fn reader() {
    run("reader", eksaccess_fuzz::reader);
}

#[test]
fn editor() {
    run("editor", eksaccess_fuzz::editor);
}
