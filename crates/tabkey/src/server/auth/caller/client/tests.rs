//! Real headers, and headers that mean no good. Runs in: the server.

use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;

use super::*;
use crate::server::auth::caller::By;

fn visitor(agent: &str) -> Visitor {
    Visitor {
        by: By::Person,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: agent.into(),
        brands: None,
        platform: None,
        mobile: None,
        refresh_token: None,
        bearer: None,
    }
}

fn hinted(agent: &str, brands: &str, platform: &str, mobile: &str) -> Visitor {
    Visitor {
        brands: Some(brands.into()),
        platform: Some(platform.into()),
        mobile: Some(mobile.into()),
        ..visitor(agent)
    }
}

#[test]
fn devices_are_named_as_their_owners_would_by_the_more_precise_of_hints_and_user_agent() {
    let devices = include_str!("headers.txt").split("\n\n").skip(1);
    let mut count = 0;
    for device in devices {
        let lines: Vec<&str> = device.trim().lines().collect();
        let [agent, hints, wanted] = lines[..] else { panic!("three lines: {device}") };
        let visitor = match hints.split(" | ").collect::<Vec<_>>()[..] {
            [brands, platform, mobile] => hinted(agent, brands, platform, mobile),
            _ => visitor(agent),
        };

        let client = describe(&visitor);

        assert_eq!(format!("{} | {} | {}", client.name, client.browser, client.kind), wanted, "{agent}\n{hints}");
        count += 1;
    }
    assert!(count > 50, "{count}");
}

#[test]
fn who_says_nothing_or_nonsense_is_an_unknown_device() {
    for agent in ["", "<script>alert(1)</script>", "NotFirefox/9"] {
        let client = describe(&visitor(agent));
        assert_eq!((client.name.as_str(), client.browser.as_str(), client.kind), ("Unknown device", "", "other"));
    }
}

proptest! {
    #[test]
    fn whatever_is_said_the_name_is_short_and_of_our_words(
        parts in prop::collection::vec(prop_oneof![
            any::<String>(),
            "[A-Za-z]{1,9}/[0-9]{1,40}",
            prop::sample::select(vec!["Android", "iPhone", "Mac OS X", "Firefox/", "Version/", "Safari/", "Instagram ", "Chrome/", "é", "; wv)", "\0"]).prop_map(String::from),
        ], 0..12),
        brands in any::<String>(),
        version in "[0-9]{0,40}",
        platform in any::<String>(),
    ) {
        let agent = parts.concat();
        let brands = format!("{brands}\"Brave\";v=\"{version}");

        let client = describe(&hinted(&agent, &brands, &platform, &agent));

        prop_assert!(client.name.len() <= 40 && client.browser.len() <= 30, "{client:?}");
        let is_ours = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || " .".contains(c));
        prop_assert!(is_ours(&client.name) && is_ours(&client.browser), "{client:?}");
        prop_assert!(["desktop", "phone", "tablet", "other"].contains(&client.kind));
    }
}
