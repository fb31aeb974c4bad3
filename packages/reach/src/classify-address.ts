/**
 * What an IP address leads to. Forms that carry an IPv4 address inside of an IPv6 one (mapped, NAT64, 6to4) are what
 * is carried: a gateway on the way would unpack it. What is neither public nor known to be private is `special`.
 *
 * https://www.iana.org/assignments/iana-ipv4-special-registry/, https://www.iana.org/assignments/iana-ipv6-special-registry/
 */
import ipaddr from 'ipaddr.js';

export type AddressKind =
  | 'public'
  /** Of a network of one's own: RFC 1918, RFC 4193, and the space between carriers and their customers. */
  | 'private'
  /** This machine. */
  | 'loopback'
  /** The link alone, where cloud providers put the metadata service, and its IPv6 address. */
  | 'link-local'
  | 'special';

/** Amazon's link-local services, the metadata service among them, have IPv6 addresses in a private range. */
const amazonServices = ipaddr.parseCIDR('fd00:ec2::/32');
/** All that is given to networks on the Internet; what lies outside is used for other things, or for nothing yet. */
const globalUnicast = ipaddr.parseCIDR('2000::/3');

const kinds: Readonly<Record<string, AddressKind>> = {
  unicast: 'public',
  private: 'private',
  carrierGradeNat: 'private',
  uniqueLocal: 'private',
  loopback: 'loopback',
  linkLocal: 'link-local',
};

/** @param text as a resolver gives it: dotted decimal or IPv6, with or without a zone; anything else is `special` */
export function classifyAddress(text: string): AddressKind {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return classify(ipaddr.IPv4.parse(text));
  if (!ipaddr.IPv6.isValid(text)) return 'special';
  const address = ipaddr.IPv6.parse(text);
  const carried = carriedAddress(address);
  if (carried !== null) return classify(carried);
  if (address.match(amazonServices)) return 'link-local';
  const kind = classify(address);
  return kind === 'public' && !address.match(globalUnicast) ? 'special' : kind;
}

function classify(address: ipaddr.IPv4 | ipaddr.IPv6): AddressKind {
  return kinds[address.range()] ?? 'special';
}

/** The prefix of NAT64 that is the same everywhere; a network's own one carries addresses in places of its own. */
const wellKnownNat64 = ipaddr.parseCIDR('64:ff9b::/96');

function carriedAddress(address: ipaddr.IPv6): ipaddr.IPv4 | null {
  if (address.match(wellKnownNat64)) return new ipaddr.IPv4(address.toByteArray().slice(12));
  switch (address.range()) {
    case 'ipv4Mapped':
      return address.toIPv4Address();
    case '6to4':
      return new ipaddr.IPv4(address.toByteArray().slice(2, 6));
    default:
      return null;
  }
}
