//! The list of devices as a page knows it, for its rows. Runs in: both.

use leptos::prelude::*;
use tabkey_core::Device;
use uuid::Uuid;

use crate::browser::session::milliseconds;

/// The list as the page knows it: changed by what the person does here, and by what other devices do.
#[derive(Clone, Copy)]
pub struct Known {
    pub devices: RwSignal<Vec<Device>>,
    /// The device that was signed out last, and after how many milliseconds that was known.
    pub darkened: RwSignal<Option<(String, u64)>>,
    /// When the sign-out under way began.
    began: StoredValue<Option<u64>>,
    /// How long the server took to say to all pages that the list is another one.
    heard_after: StoredValue<Option<u64>>,
}

impl Known {
    pub fn new(devices: Vec<Device>) -> Self {
        Self {
            devices: RwSignal::new(devices),
            darkened: RwSignal::new(None),
            began: StoredValue::new(None),
            heard_after: StoredValue::new(None),
        }
    }

    /// A device has another name.
    pub fn renamed(self, device: Device) {
        self.change(|devices| {
            if let Some(known) = devices.iter_mut().find(|known| known.id == device.id) {
                known.name = device.name;
            }
        });
    }

    /// One device of the list, as it is now.
    pub fn find(self, id: Uuid) -> Option<Device> {
        self.devices.with(|devices| devices.iter().find(|device| device.id == id).cloned())
    }

    /// A device is about to be signed out: the time runs.
    pub fn going(self) {
        self.began.set_value(Some(milliseconds()));
        self.heard_after.set_value(None);
    }

    /// It is signed out. What is shown is when all pages of this person were told, where this one was told too.
    pub fn gone(self, id: Uuid) {
        let name = self.devices.try_with_untracked(|devices| {
            devices.iter().find(|device| device.id == id).map(|device| device.name.clone())
        });
        let took = self.began.try_get_value().flatten().map_or(0, |began| milliseconds().saturating_sub(began));
        let took = self.heard_after.try_get_value().flatten().unwrap_or(took);
        if let Some(name) = name.flatten() {
            self.darkened.try_set(Some((name, took)));
        }
        self.change(|devices| devices.retain(|device| device.id != id));
    }

    /// The server has said to all pages that the list is another one.
    pub fn heard(self) {
        if let Some(began) = self.began.try_get_value().flatten() {
            self.heard_after.try_set_value(Some(milliseconds().saturating_sub(began)));
        }
    }

    /// All others are signed out.
    pub fn only_this_one(self) {
        self.change(|devices| devices.retain(|device| device.current));
    }

    fn change(self, change: impl FnOnce(&mut Vec<Device>)) {
        self.devices.try_update(change);
    }
}
