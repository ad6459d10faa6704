//! ListUserPoolClients.

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::user_pool_clients;
use crate::model::{
    ClientTypeType, ListUserPoolClientsRequest, ListUserPoolClientsResponse,
    UserPoolClientDescription, ops,
};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::ListUserPoolClients {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ListUserPoolClientsRequest,
    ) -> Result<ListUserPoolClientsResponse, Error> {
        let (clients, next_token) = user_pool_clients::list(
            app,
            context,
            &input.user_pool_id,
            input.max_results,
            input.next_token.as_deref(),
        )
        .await?;
        // No client registers itself yet, so none has the other type.
        let of_this_type = input.client_type != Some(ClientTypeType::Dcr);
        let described = clients
            .into_iter()
            .filter(|_| of_this_type)
            .map(|client| UserPoolClientDescription {
                client_id: Some(client.id),
                user_pool_id: Some(client.pool_id),
                client_name: Some(client.name),
            })
            .collect();
        Ok(ListUserPoolClientsResponse {
            user_pool_clients: Some(described),
            next_token: next_token.filter(|_| of_this_type),
        })
    }
}
