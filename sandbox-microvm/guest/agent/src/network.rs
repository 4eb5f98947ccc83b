//! The pod's interfaces: found by their MAC addresses, given names, addresses and routes.

use std::fs;
use std::net::IpAddr;

use futures_util::stream::TryStreamExt;
use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::address::AddressAttribute;
use rtnetlink::packet_route::link::{LinkAttribute, LinkFlags, LinkMessage};
use rtnetlink::packet_route::route::{RouteAttribute, RouteMetric, RouteScope};
use rtnetlink::{Handle, LinkUnspec, RouteMessageBuilder};

use crate::fault::{Fault, Result, Tried};
use crate::proto::{ConfigureNetworkRequest, Interface, Route};

const MOST_INTERFACES: usize = 32;
const MOST_ROUTES: usize = 256;
const LOOPBACK: &str = "lo";

/// Brings the loopback interface up.
pub async fn start_loopback() -> Result<()> {
    let handle = connect()?;
    let links = links(&handle).await?;
    let loopback = links
        .iter()
        .find(|link| link.name == LOOPBACK)
        .ok_or_else(|| Fault::internal("no loopback interface"))?;
    change(
        &handle,
        LinkUnspec::new_with_index(loopback.index).up().build(),
        LOOPBACK,
    )
    .await
}

/// Makes the network what is asked. Takes away first what is not: so a repeated call ends in the same state.
pub async fn configure(request: &ConfigureNetworkRequest) -> Result<()> {
    check_bounds(request)?;
    let handle = connect()?;
    let links = links(&handle).await?;
    let mut named = Vec::new();
    for interface in &request.interfaces {
        let index = configure_interface(&handle, &links, interface).await?;
        named.push((interface.name.as_str(), index));
    }
    // Those without a gateway first: gateways may be reached by them.
    let (direct, gated): (Vec<_>, Vec<_>) =
        request.routes.iter().partition(|r| r.gateway.is_empty());
    for route in direct.into_iter().chain(gated) {
        add_route(&handle, route, &named).await?;
    }
    Ok(())
}

fn check_bounds(request: &ConfigureNetworkRequest) -> Result<()> {
    let (interfaces, routes) = (request.interfaces.len(), request.routes.len());
    if interfaces > MOST_INTERFACES || routes > MOST_ROUTES {
        return Err(Fault::invalid(format!(
            "{interfaces} interfaces and {routes} routes; {MOST_INTERFACES} and {MOST_ROUTES} are the most"
        )));
    }
    Ok(())
}

fn connect() -> Result<Handle> {
    let (connection, handle, _) =
        rtnetlink::new_connection().tried(|| "opening a netlink socket".to_owned())?;
    tokio::spawn(connection);
    Ok(handle)
}

struct Link {
    index: u32,
    name: String,
    mac: Vec<u8>,
    up: bool,
}

async fn links(handle: &Handle) -> Result<Vec<Link>> {
    let messages: Vec<LinkMessage> = handle
        .link()
        .get()
        .execute()
        .try_collect()
        .await
        .map_err(|e| refused("listing interfaces", &e))?;
    Ok(messages.into_iter().map(link).collect())
}

fn link(message: LinkMessage) -> Link {
    let mut link = Link {
        index: message.header.index,
        name: String::new(),
        mac: Vec::new(),
        up: message.header.flags.contains(LinkFlags::Up),
    };
    for attribute in message.attributes {
        match attribute {
            LinkAttribute::IfName(name) => link.name = name,
            LinkAttribute::Address(mac) => link.mac = mac,
            _ => {}
        }
    }
    link
}

async fn configure_interface(handle: &Handle, links: &[Link], wanted: &Interface) -> Result<u32> {
    check_name(&wanted.name)?;
    let mac = parse_mac(&wanted.mac)?;
    let new_mac = if wanted.new_mac.is_empty() {
        None
    } else {
        Some(parse_mac(&wanted.new_mac)?)
    };
    let found = links
        .iter()
        .find(|l| l.name != LOOPBACK && (l.mac == mac || Some(&l.mac) == new_mac.as_ref()))
        .ok_or_else(|| {
            let there: Vec<_> = links
                .iter()
                .map(|l| format!("{} {}", l.name, show_mac(&l.mac)))
                .collect();
            Fault::missing(format!(
                "no interface has the MAC address {}; there are {there:?}",
                wanted.mac
            ))
        })?;
    let name = &wanted.name;
    if found.name != *name || new_mac.as_ref().is_some_and(|new| *new != found.mac) {
        let mut message = LinkUnspec::new_with_index(found.index)
            .down()
            .name(name.clone());
        if let Some(new) = new_mac {
            message = message.address(new);
        }
        change(handle, message.build(), name).await?;
    }
    if found.up {
        flush(handle, found.index, name).await?; // one that was never up has no address
    }
    // Nobody else can have a pod's address, and waiting to be sure would cost a second.
    for (key, value) in [("accept_dad", "0"), ("accept_ra", "0")] {
        // A kernel without IPv6 has none of these, and needs none.
        let _ = fs::write(format!("/proc/sys/net/ipv6/conf/{name}/{key}"), value);
    }
    let mut message = LinkUnspec::new_with_index(found.index).up();
    if wanted.mtu > 0 {
        message = message.mtu(wanted.mtu);
    }
    change(handle, message.build(), name).await?;
    for address in &wanted.addresses {
        let (ip, prefix) = parse_prefix(address)?;
        let added = handle
            .address()
            .add(found.index, ip, prefix)
            .execute()
            .await;
        added.map_err(|e| refused(&format!("giving {name} the address {address}"), &e))?;
    }
    Ok(found.index)
}

async fn change(handle: &Handle, message: LinkMessage, name: &str) -> Result<()> {
    let changed = handle.link().set(message).execute().await;
    changed.map_err(|e| refused(&format!("setting up the interface {name}"), &e))
}

/// Takes all addresses of an interface away but its own link-local ones; their routes go with them.
async fn flush(handle: &Handle, index: u32, name: &str) -> Result<()> {
    let request = handle.address().get().set_link_index_filter(index);
    let addresses: Vec<_> = request
        .execute()
        .try_collect()
        .await
        .map_err(|e| refused(&format!("listing the addresses of {name}"), &e))?;
    for address in addresses {
        let is_own = address.attributes.iter().any(|attribute| {
            matches!(attribute, AddressAttribute::Address(IpAddr::V6(ip)) if ip.is_unicast_link_local())
        });
        if !is_own {
            let removed = handle.address().del(address).execute().await;
            removed.map_err(|e| refused(&format!("taking an address of {name} away"), &e))?;
        }
    }
    Ok(())
}

async fn add_route(handle: &Handle, route: &Route, named: &[(&str, u32)]) -> Result<()> {
    let what = || format!("adding the route {route:?}");
    let invalid = |e: &dyn std::fmt::Display| Fault::invalid(format!("{}: {e}", what()));
    let (to, prefix) = parse_prefix(&route.destination)?;
    let mut builder = RouteMessageBuilder::<IpAddr>::new()
        .destination_prefix(to, prefix)
        .map_err(|e| invalid(&e))?;
    if route.gateway.is_empty() {
        builder = builder.scope(RouteScope::Link);
    } else {
        builder = builder
            .gateway(parse_ip(&route.gateway)?)
            .map_err(|e| invalid(&e))?;
    }
    if !route.interface.is_empty() {
        let index = named
            .iter()
            .find(|(name, _)| *name == route.interface)
            .ok_or_else(|| invalid(&"the request names no such interface"))?
            .1;
        builder = builder.output_interface(index);
    }
    if !route.source.is_empty() {
        builder = builder
            .pref_source(parse_ip(&route.source)?)
            .map_err(|e| invalid(&e))?;
    }
    if route.metric > 0 {
        builder = builder.priority(route.metric);
    }
    let mut message = builder.build();
    if message.header.address_family == AddressFamily::Inet6 && prefix == 0 {
        // The kernel takes `::/0` only as no destination at all.
        message
            .attributes
            .retain(|a| !matches!(a, RouteAttribute::Destination(_)));
    }
    if route.mtu > 0 {
        message
            .attributes
            .push(RouteAttribute::Metrics(vec![RouteMetric::Mtu(route.mtu)]));
    }
    let added = handle.route().add(message).replace().execute().await;
    added.map_err(|e| refused(&what(), &e))
}

fn refused(what: &str, error: &rtnetlink::Error) -> Fault {
    Fault::internal(format!("{what}: {error}"))
}

/// At most 15 bytes, as the kernel has it.
fn check_name(name: &str) -> Result<()> {
    let good = (1..=15).contains(&name.len())
        && name != "."
        && name != ".."
        && name
            .bytes()
            .all(|b| b.is_ascii_graphic() && b != b'/' && b != b':');
    if good {
        Ok(())
    } else {
        Err(Fault::invalid(format!("no name of an interface: {name:?}")))
    }
}

fn parse_mac(text: &str) -> Result<Vec<u8>> {
    let bytes: Option<Vec<u8>> = text
        .split(':')
        .map(|part| {
            (part.len() == 2)
                .then(|| u8::from_str_radix(part, 16).ok())
                .flatten()
        })
        .collect();
    bytes
        .filter(|bytes| bytes.len() == 6)
        .ok_or_else(|| Fault::invalid(format!("no MAC address: {text:?}")))
}

fn show_mac(mac: &[u8]) -> String {
    mac.iter()
        .map(|b| format!("{b:02x}"))
        .collect::<Vec<_>>()
        .join(":")
}

fn parse_ip(text: &str) -> Result<IpAddr> {
    text.parse()
        .map_err(|_| Fault::invalid(format!("no IP address: {text:?}")))
}

fn parse_prefix(text: &str) -> Result<(IpAddr, u8)> {
    let wrong = || Fault::invalid(format!("no address with a prefix length: {text:?}"));
    let (ip, length) = text.split_once('/').ok_or_else(wrong)?;
    let ip = parse_ip(ip)?;
    let length: u8 = length.parse().map_err(|_| wrong())?;
    let most = if ip.is_ipv4() { 32 } else { 128 };
    if length > most {
        Err(wrong())
    } else {
        Ok((ip, length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_mac_six_pairs_only() {
        assert_eq!(
            parse_mac("0a:58:0A:f4:00:07").unwrap(),
            [10, 0x58, 10, 0xf4, 0, 7]
        );
        for bad in [
            "",
            "0a:58",
            "0a:58:0a:f4:00:0",
            "0a-58-0a-f4-00-07",
            "+a:58:0a:f4:00:07x",
        ] {
            assert!(parse_mac(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn parse_prefix_length_fits_the_address() {
        assert_eq!(parse_prefix("10.1.2.3/24").unwrap().1, 24);
        assert_eq!(parse_prefix("fd00::7/64").unwrap().1, 64);
        for bad in ["10.1.2.3", "10.1.2.3/33", "fd00::/129", "x/1"] {
            assert!(parse_prefix(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn check_name_as_the_kernel_has_it() {
        assert!(check_name("eth0").is_ok());
        for bad in ["", "..", "a/b", "a b", "sixteen-bytes-xx"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
