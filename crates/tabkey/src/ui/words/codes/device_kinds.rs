//! What a device is. Runs in: both.

use super::super::Words;
use tabkey_core::Device;

/// Kinds of devices; one that is none of them is not named.
#[derive(Clone, Copy)]
pub struct DeviceKindWords {
    pub desktop: &'static str,
    pub phone: &'static str,
    pub tablet: &'static str,
}

impl DeviceKindWords {
    pub const ENGLISH: Self = Self { desktop: "desktop", phone: "phone", tablet: "tablet" };
}

impl Words {
    /// `Chromium 156 · Linux · desktop · 127.0.0.1`, as far as it is known.
    pub fn device(&self, device: &Device) -> String {
        let kind = match device.kind.as_str() {
            "desktop" => self.device_kinds.desktop,
            "phone" => self.device_kinds.phone,
            "tablet" => self.device_kinds.tablet,
            _ => "",
        };
        let known = [device.browser.as_str(), device.os.as_str(), kind, device.address.as_str()];
        known.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }
}
