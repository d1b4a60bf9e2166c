// SPDX-License-Identifier: Apache-2.0
//! What lines cost in VRL, the language of Vector, as a library without Vector around it:
//! vrl-row PROGRAM LOG LINES. Each of the first LINES lines of the log is an event with timestamp, host,
//! program and message; the program runs over it, and the event is written as JSON. Prints the lines of the
//! second half, the share that had a pattern in percent, and nanoseconds of CPU a line, as core.c does.
use std::fs;
use vrl::compiler::{Context, TargetValue, TimeZone, compile, state::RuntimeState};
use vrl::value::{ObjectMap, Secrets, Value};

/// "TIMESTAMP HOST PROGRAM[PID]: MESSAGE" as an event.
fn event(line: &str) -> Option<Value> {
    let mut part = line.splitn(4, ' ');
    let (time, host, tag) = (part.next()?, part.next()?, part.next()?);
    let program = tag.split(['[', ':']).next()?;
    let mut event = ObjectMap::new();
    for (name, text) in [("timestamp", time), ("host", host), ("program", program), ("message", part.next()?)] {
        event.insert(name.into(), Value::from(text));
    }
    Some(Value::Object(event))
}

fn cpu_ns() -> f64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: now is there for it to write to.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) };
    now.tv_sec as f64 * 1e9 + now.tv_nsec as f64
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let program = fs::read_to_string(&args[1]).expect("the program");
    let log = fs::read_to_string(&args[2]).expect("the log");
    let count: usize = args[3].parse().expect("a number of lines");
    let program = match compile(&program, &vrl::stdlib::all()) {
        Ok(result) => result.program,
        Err(faults) => panic!("the program: {faults:?}"),
    };
    let (mut state, zone) = (RuntimeState::default(), TimeZone::default());
    let (mut lines, mut matched, mut bytes, mut begin) = (0, 0, 0, cpu_ns());
    for (at, line) in log.lines().take(count).enumerate() {
        if at == count / 2 {
            (lines, matched, begin) = (0, 0, cpu_ns());
        }
        let Some(value) = event(line) else { continue };
        let mut target = TargetValue { value, metadata: Value::Object(ObjectMap::new()), secrets: Secrets::default() };
        program.resolve(&mut Context::new(&mut target, &mut state, &zone)).expect("the program runs");
        state.clear();
        matched += usize::from(!target.value.as_object().is_some_and(|o| o.contains_key("class")));
        lines += 1;
        bytes += serde_json::to_string(&target.value).expect("JSON").len();
    }
    println!("{lines} {:.2} {:.1}", 100.0 * matched as f64 / lines as f64, (cpu_ns() - begin) / lines as f64);
    assert!(bytes > 0);
}
