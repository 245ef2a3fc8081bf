//! The local cloud, held against what it stands for.

mod support;

use support::cloud::Cloud;

#[test]
fn it_starts_fast() {
    let start = std::time::Instant::now();
    let cloud = Cloud::start();
    assert!(cloud.endpoint().starts_with("http://127.0.0.1:"));
    assert!(start.elapsed().as_millis() < 300, "{:?}", start.elapsed());
}
