//! What the protocol needs from the application.

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::time::Timestamp;
use crate::operations::Error;
use crate::operations::errors::Call;
use crate::protocol::{self, Caller, Environment, SignedRequest};

impl Environment for App {
    type Failure = Error;

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn default_region(&self) -> &str {
        &self.config.server.region
    }

    fn authenticate(&self, request: &SignedRequest<'_>) -> Result<Caller, protocol::Error> {
        // A client's clock is the real one, even where a test has moved the server's.
        Ok(self.verifier().verify(request, self.clock.unmoved())?)
    }

    fn check_credentials(&self, request: &SignedRequest<'_>) -> Result<(), protocol::Error> {
        Ok(self
            .verifier()
            .check_head(request, self.clock.unmoved())
            .map(drop)?)
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
