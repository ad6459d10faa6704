//! The SMS provider `log`, which logs text messages instead of sending them.

use super::sms_provider::{SendFuture, SmsMessage, SmsProvider};

/// Logs the number and the text of each message at level `info` under the target `cognate::sms`.
/// This is the only code that logs a confirmation code. It runs only while `sms.provider` is `log`,
/// which a production configuration has to name, and the server warns of it at start.
#[derive(Clone, Copy, Debug)]
pub struct LogSms;

impl SmsProvider for LogSms {
    fn send<'a>(&'a self, sms: SmsMessage<'a>) -> SendFuture<'a> {
        // Logged as quoted strings, so that no template can forge a line of the log.
        tracing::info!(
            target: "cognate::sms",
            to = ?sms.to,
            text = ?sms.text,
            message_id = sms.message_id,
            "text message"
        );
        Box::pin(std::future::ready(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::domain::time::Timestamp;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn number_and_text_are_logged_in_one_line() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            drop(LogSms.send(SmsMessage {
                to: "+15555550100",
                text: "code 123456\nforged",
                message_id: "m",
                at: Timestamp::default(),
            }));
        });
        let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert_eq!(log.lines().count(), 1);
        assert!(log.contains("cognate::sms"), "{log}");
        assert!(
            log.contains("to=\"+15555550100\" text=\"code 123456\\nforged\""),
            "{log}"
        );
    }
}
