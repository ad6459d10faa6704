//! How groups are described (administration 1).

use crate::domain::group::Group;
use crate::model::GroupType;
use crate::operations::convert;

/// A group; what it does not have is left out.
pub fn group(group: Group) -> GroupType {
    GroupType {
        group_name: Some(group.name),
        user_pool_id: Some(group.pool_id),
        description: group.description,
        role_arn: group.role_arn,
        precedence: group.precedence.and_then(|number| number.try_into().ok()),
        last_modified_date: Some(convert::epoch(group.modified_at)),
        creation_date: Some(convert::epoch(group.created_at)),
    }
}

/// Groups in their order.
pub fn groups(groups: Vec<Group>) -> Vec<GroupType> {
    groups.into_iter().map(group).collect()
}
