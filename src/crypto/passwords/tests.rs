use super::*;
use crate::domain::origin::Origin;
use crate::domain::source_network::SourceNetwork;
use std::sync::mpsc;

const SMALL: Argon2Settings = Argon2Settings {
    memory_kib: 64,
    iterations: 2,
    parallelism: 1,
};

fn secret(text: &str) -> SecretString {
    text.into()
}

fn small() -> Passwords {
    Passwords::new(SMALL, 1, bounds(8)).unwrap()
}

/// As many may wait, whoever they are.
fn bounds(all: usize) -> QueueBounds {
    QueueBounds {
        all,
        kept_for_known: 0,
        of_pool: all,
        of_network: all,
    }
}

/// Of a stranger in a pool.
fn turn() -> Turn {
    let network = SourceNetwork::of([192, 0, 2, 1].into());
    Turn {
        pool: "us-east-1_A".to_owned(),
        origin: Origin::Network(network),
        known: false,
    }
}

/// From the test suite of Argon2's reference implementation: m = 2^16, t = 2, p = 1.
#[tokio::test]
async fn a_hash_of_the_reference_implementation_verifies() {
    let phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ\
               $CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let found = small()
        .verify(&turn(), &secret("password"), phc)
        .await
        .unwrap();
    assert_eq!(
        found,
        Verdict {
            matches: true,
            outdated: true
        }
    );
    let found = small()
        .verify(&turn(), &secret("passwort"), phc)
        .await
        .unwrap();
    assert!(!found.matches);
}

#[tokio::test]
async fn a_password_verifies_against_its_hash_only() {
    let passwords = small();
    let phc = passwords
        .hash(&turn(), &secret("päss☃"), [7; 16])
        .await
        .unwrap();
    assert!(phc.starts_with("$argon2id$v=19$m=64,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$"));
    for (password, matches) in [("päss☃", true), ("päss", false), ("", false)] {
        let found = passwords
            .verify(&turn(), &secret(password), &phc)
            .await
            .unwrap();
        assert_eq!((found.matches, found.outdated), (matches, false));
    }
    // The memory of the first hash served the others, and did not change the result.
    assert_eq!(
        passwords
            .hash(&turn(), &secret("päss☃"), [7; 16])
            .await
            .unwrap(),
        phc
    );
    assert_eq!(passwords.hasher.idle.lock().unwrap().len(), 1);
    passwords
        .verify_nobody(&turn(), &secret("x"), [7; 16])
        .await
        .unwrap();
}

#[tokio::test]
async fn memory_is_wiped_after_use() {
    let passwords = small();
    passwords
        .hash(&turn(), &secret("x"), [7; 16])
        .await
        .unwrap();
    let idle = passwords.hasher.idle.lock().unwrap();
    let words = idle.iter().flatten().flat_map(AsRef::<[u64]>::as_ref);
    assert!(words.copied().all(|word| word == 0));
}

#[tokio::test]
async fn a_hash_of_other_settings_is_outdated() {
    let phc = small().hash(&turn(), &secret("x"), [7; 16]).await.unwrap();
    for settings in [
        Argon2Settings {
            memory_kib: 32,
            ..SMALL
        },
        Argon2Settings {
            memory_kib: 128,
            ..SMALL
        },
        Argon2Settings {
            iterations: 3,
            ..SMALL
        },
        Argon2Settings {
            parallelism: 2,
            ..SMALL
        },
    ] {
        let passwords = Passwords::new(settings, 1, bounds(0)).unwrap();
        let found = passwords.verify(&turn(), &secret("x"), &phc).await.unwrap();
        assert_eq!((found.matches, found.outdated), (true, true));
        let usual = passwords.hasher.params.block_count();
        let idle = passwords.hasher.idle.lock().unwrap();
        assert!(idle.iter().all(|memory| memory.len() == usual));
    }
}

#[tokio::test]
async fn an_invalid_or_too_costly_hash_is_an_error() {
    for phc in [
        "",
        "secret",
        "$argon2id$v=19$m=64,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw",
        "$scrypt$ln=15,r=8,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=64,t=4000000,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    ] {
        let found = small().verify(&turn(), &secret("x"), phc).await;
        assert_eq!(found, Err(HashingError::Failed), "{phc}");
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    for settings in [
        Argon2Settings {
            memory_kib: 0,
            ..SMALL
        },
        Argon2Settings {
            iterations: 0,
            ..SMALL
        },
        Argon2Settings {
            iterations: 65,
            ..SMALL
        },
        Argon2Settings {
            parallelism: 0,
            ..SMALL
        },
        Argon2Settings {
            parallelism: 17,
            ..SMALL
        },
        Argon2Settings {
            memory_kib: u32::MAX,
            ..SMALL
        },
    ] {
        assert!(
            Passwords::new(settings, 1, bounds(1)).is_err(),
            "{settings:?}"
        );
    }
    assert!(Passwords::new(Argon2Settings::default(), 2, bounds(2)).is_ok());
}

#[tokio::test]
async fn beyond_the_queue_the_answer_is_busy_at_once() {
    let passwords = Passwords::new(SMALL, 1, bounds(1)).unwrap();
    let (release, blocked) = mpsc::channel::<()>();
    let (begin, begun) = mpsc::channel();
    let running = tokio::spawn({
        let passwords = passwords.clone();
        let work = move || {
            begin.send(()).unwrap();
            blocked.recv()
        };
        async move { passwords.hashing.run(&turn(), work).await }
    });
    let waiting = tokio::spawn({
        let passwords = passwords.clone();
        async move { passwords.hash(&turn(), &secret("x"), [7; 16]).await }
    });
    while passwords.hashing.load() != (1, 1) || begun.try_recv().is_err() {
        tokio::task::yield_now().await;
    }
    let busy = Err(HashingError::Busy);
    assert_eq!(passwords.hash(&turn(), &secret("x"), [7; 16]).await, busy);
    assert_eq!(
        passwords
            .verify_nobody(&turn(), &secret("x"), [7; 16])
            .await
            .map(|()| String::new()),
        busy
    );
    // A cancelled caller leaves the queue, unless its work runs already.
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    assert_eq!(passwords.hashing.load(), (0, 1));
    release.send(()).unwrap();
    assert!(passwords.hash(&turn(), &secret("x"), [7; 16]).await.is_ok());
}

/// A pool whose callers fill their part of the queue does not keep another's waiting behind them.
#[tokio::test]
async fn another_pool_does_not_wait_behind_a_backlog() {
    let passwords = Passwords::new(SMALL, 1, bounds(64)).unwrap();
    let (release, blocked) = mpsc::channel::<()>();
    let done = Arc::new(Mutex::new(Vec::new()));
    let mut callers = tokio::task::JoinSet::new();
    let mut call = |pool: &'static str, work: Box<dyn FnOnce() + Send>| {
        let (passwords, done) = (passwords.clone(), Arc::clone(&done));
        let turn = Turn {
            pool: pool.to_owned(),
            ..turn()
        };
        let work = move || {
            work();
            done.lock().unwrap().push(pool);
        };
        callers.spawn(async move { passwords.hashing.run(&turn, work).await });
    };
    call("first", Box::new(move || blocked.recv().unwrap()));
    for _ in 0..32 {
        call("flooded", Box::new(|| ()));
    }
    while passwords.hashing.load() != (32, 1) {
        tokio::task::yield_now().await;
    }
    call("quiet", Box::new(|| ()));
    while passwords.hashing.load() != (33, 1) {
        tokio::task::yield_now().await;
    }
    release.send(()).unwrap();
    while let Some(result) = callers.join_next().await {
        assert_eq!(result.unwrap(), Ok(()));
    }
    let done = done.lock().unwrap();
    assert_eq!(done[..3], ["first", "flooded", "quiet"]);
}

/// What is taken from the queue for another's sake is answered at once, not when its turn would have come.
#[tokio::test]
async fn who_loses_the_place_is_told_at_once() {
    let bounds = QueueBounds {
        of_network: 8,
        ..bounds(2)
    };
    let passwords = Passwords::new(SMALL, 1, bounds).unwrap();
    let (release, blocked) = mpsc::channel::<()>();
    let run = |number: u8, work: Box<dyn FnOnce() + Send>| {
        let passwords = passwords.clone();
        let turn = Turn {
            origin: Origin::Network(SourceNetwork::of([192, 0, 2, number].into())),
            ..turn()
        };
        tokio::spawn(async move { passwords.hashing.run(&turn, work).await })
    };
    let running = run(1, Box::new(move || blocked.recv().unwrap()));
    while passwords.hashing.load() != (0, 1) {
        tokio::task::yield_now().await;
    }
    let first = run(1, Box::new(|| ()));
    while passwords.hashing.load() != (1, 1) {
        tokio::task::yield_now().await;
    }
    let second = run(1, Box::new(|| ()));
    while passwords.hashing.load() != (2, 1) {
        tokio::task::yield_now().await;
    }
    let other = run(2, Box::new(|| ()));
    assert_eq!(second.await.unwrap(), Err(HashingError::Busy));
    release.send(()).unwrap();
    for served in [running, first, other] {
        assert_eq!(served.await.unwrap(), Ok(()));
    }
}

/// Hashes that occupy every worker do not keep an SRP exchange waiting.
#[tokio::test]
async fn an_srp_exchange_does_not_wait_for_hashes() {
    let passwords = Passwords::new(SMALL, 1, bounds(8)).unwrap();
    let (release, blocked) = mpsc::channel::<()>();
    let running = tokio::spawn({
        let passwords = passwords.clone();
        async move { passwords.hashing.run(&turn(), move || blocked.recv()).await }
    });
    while passwords.hashing.load() != (0, 1) {
        tokio::task::yield_now().await;
    }
    assert_eq!(passwords.run(&turn(), || 7).await, Ok(7));
    release.send(()).unwrap();
    assert_eq!(running.await.unwrap(), Ok(Ok(())));
}

#[tokio::test]
async fn a_panic_fails_only_its_own_call() {
    let passwords = Passwords::new(SMALL, 1, bounds(0)).unwrap();
    for _ in 0..3 {
        let failed = passwords
            .hashing
            .run(&turn(), || panic!("on purpose"))
            .await;
        assert_eq!(failed, Err::<(), _>(HashingError::Failed));
    }
    assert!(passwords.hash(&turn(), &secret("x"), [7; 16]).await.is_ok());
}

/// Prints what a hash costs: `cargo test --release -- --ignored cost_of_a_hash --nocapture`.
#[tokio::test]
#[ignore = "a measurement"]
async fn cost_of_a_hash() {
    let passwords = Passwords::new(Argon2Settings::default(), 1, bounds(0)).unwrap();
    for _ in 0..5 {
        let start = std::time::Instant::now();
        passwords
            .hash(&turn(), &secret("x"), [7; 16])
            .await
            .unwrap();
        println!("{:?}", start.elapsed());
    }
    let mut memory = passwords.hasher.memory(19_456).unwrap();
    let start = std::time::Instant::now();
    memory.iter_mut().for_each(Zeroize::zeroize);
    println!("wiping {:?}", start.elapsed());
    let argon2 = Argon2::new(
        Algorithm::Argon2id,
        Version::V0x13,
        passwords.hasher.params.clone(),
    );
    let start = std::time::Instant::now();
    argon2
        .hash_password_into(b"x", &[7; 16], &mut [0; 32])
        .unwrap();
    println!("in fresh memory, not wiped {:?}", start.elapsed());
}
