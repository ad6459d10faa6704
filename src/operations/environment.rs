//! What the protocol needs from the application.

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::time::Timestamp;
use crate::flows::access_keys;
use crate::operations::Error;
use crate::operations::errors::Call;
use crate::operations::signer::{self, LiveKeys, Signer};
use crate::protocol::{self, Caller, Environment, SignedCall, SignedRequest};

impl Environment for App {
    type Failure = Error;
    type Authority = Signer;

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn default_region(&self) -> &str {
        &self.config.server.region
    }

    async fn authenticate(
        &self,
        request: &SignedRequest<'_>,
    ) -> Result<(Caller, Signer), protocol::Error> {
        let keys = live_keys(self, request).await?;
        // A client's clock is the real one, even where a test has moved the server's.
        let now = self.clock.unmoved();
        let caller = self.verifier().verify(request, &keys, now)?;
        let signer = keys.signer(self, &caller.access_key_id)?;
        Ok((caller, signer))
    }

    async fn check_credentials(&self, request: &SignedRequest<'_>) -> Result<(), protocol::Error> {
        let keys = live_keys(self, request).await?;
        let checked = self
            .verifier()
            .check_head(request, &keys, self.clock.unmoved());
        Ok(checked.map(drop)?)
    }

    fn authorize(&self, signer: &Signer, call: &SignedCall<'_>) -> Result<(), protocol::Error> {
        signer::authorize(self, signer, call)
    }

    fn to_error(
        &self,
        operation: &str,
        context: &RequestContext,
        failure: Error,
    ) -> protocol::Error {
        failure.to_wire(Call {
            operation,
            request_id: context.request_id,
        })
    }
}

/// The access keys of the store, if the verdict on the request depends on them.
async fn live_keys(app: &App, request: &SignedRequest<'_>) -> Result<LiveKeys, protocol::Error> {
    let keys = if app.verifier().asks_for_stored_keys(request) {
        let read = access_keys::stored(app).await;
        // Neither the operation nor the request changes the text of what can fail here.
        let call = Call {
            operation: "",
            request_id: uuid::Uuid::nil(),
        };
        Some(read.map_err(|error| Error::from(error).to_wire(call))?)
    } else {
        None
    };
    Ok(LiveKeys {
        keys,
        now: app.clock.now(),
    })
}
