/**
 * Names of link layers as events are named by them, `packet:ethernet`: LINKTYPE_ of tcpdump.org's list in lower
 * case. One that is not here is named by its number, `packet:linktype_300`.
 */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'null'],
  [1, 'ethernet'],
  [6, 'ieee802_5'],
  [9, 'ppp'],
  [10, 'fddi'],
  [50, 'ppp_hdlc'],
  [51, 'ppp_ether'],
  [101, 'raw'],
  [104, 'c_hdlc'],
  [105, 'ieee802_11'],
  [107, 'frelay'],
  [108, 'loop'],
  [113, 'linux_sll'],
  [117, 'pflog'],
  [119, 'ieee802_11_prism'],
  [127, 'ieee802_11_radiotap'],
  [147, 'user0'],
  [187, 'bluetooth_hci_h4'],
  [189, 'usb_linux'],
  [192, 'ppi'],
  [195, 'ieee802_15_4'],
  [201, 'bluetooth_hci_h4_with_phdr'],
  [220, 'usb_linux_mmapped'],
  [227, 'can_socketcan'],
  [228, 'ipv4'],
  [229, 'ipv6'],
  [231, 'dbus'],
  [239, 'nflog'],
  [249, 'usbpcap'],
  [251, 'bluetooth_le_ll'],
  [252, 'wireshark_upper_pdu'],
  [253, 'netlink'],
  [254, 'bluetooth_linux_monitor'],
  [271, 'vsock'],
  [276, 'linux_sll2'],
]);

export function linkTypeName(linkType: number): string {
  return NAMES.get(linkType) ?? `linktype_${linkType}`;
}
