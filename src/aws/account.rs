//! Account Management: which regions an account has.

use aws_sdk_account::Client;
use aws_sdk_account::config::Builder;
use aws_sdk_account::types::RegionOptStatus;
use aws_types::SdkConfig;

use super::error::call_error;
use crate::engine::CallResult;

/// The largest page that the service allows (`MaxResults`).
const PAGE: i32 = 50;

/// The account of the configuration's own credentials. The service has one endpoint per partition.
#[derive(Clone, Debug)]
pub struct AccountClient(Client);

impl AccountClient {
    pub(super) fn new(sdk: &SdkConfig) -> Self {
        Self(Client::from_conf(Builder::from(sdk).build()))
    }

    /// `account:ListRegions`: the names of the enabled regions, over all pages, sorted.
    ///
    /// # Errors
    /// The call's.
    pub async fn regions(&self) -> CallResult<Vec<String>> {
        let request = self.0.list_regions();
        let request = request.region_opt_status_contains(RegionOptStatus::Enabled);
        let request = request.region_opt_status_contains(RegionOptStatus::EnabledByDefault);
        let mut pages = request.into_paginator().page_size(PAGE).send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let object = "the account's regions";
            let page = page.map_err(|error| call_error("account:ListRegions", object, error))?;
            // A server that ignores the filter returns every region.
            let enabled = page.regions.unwrap_or_default().into_iter().filter(|region| {
                matches!(region.region_opt_status(), Some(RegionOptStatus::Enabled | RegionOptStatus::EnabledByDefault))
            });
            names.extend(enabled.filter_map(|region| region.region_name));
        }
        names.sort();
        Ok(names)
    }
}
