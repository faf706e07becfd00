//! A store behind an `Arc` is a store.

use std::sync::Arc;

use super::{EntryPointStore, KeyAdmin, forward, forward_keys, forward_roles, forward_sites};

forward_keys!(Arc, self => (**self));
forward_roles!(Arc, self => (**self));
forward_sites!(Arc, self => (**self));

impl<S: KeyAdmin> KeyAdmin for Arc<S> {
    forward! { self => (**self);
        add_account add_user add_site set_site_url set_owner_limits list_owners set_owner_active issue issue_all rotate revoke set_enabled
        edit assign_networks record_uses find_key list
    }
}

impl<S: EntryPointStore> EntryPointStore for Arc<S> {
    forward! { self => (**self); sync_entry_points entry_points assign_entry_points }
}
