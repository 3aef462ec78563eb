import { KernelError, tolerating } from "../kernel-error.ts";
import { type NetlinkSocket, netlinkFlags } from "../netlink-socket.ts";
import type { KernelLink, LinkSettings, Rtnetlink, VxlanSettings } from "../ports.ts";
import { formatIp, parseIp, parseMac } from "../wire/ip-text.ts";
import type { Fill, MessageWriter } from "../wire/message-writer.ts";
import {
  linkAttributes,
  linkHeader,
  linkKind,
  linkMessages,
  parseLink,
  portIsolated,
  skipStatistics,
  vethPeerData,
  vxlanData,
} from "./link-message.ts";

const familyBridge = 7;

type LinkCalls = Pick<
  Rtnetlink,
  | "links"
  | "link"
  | "addBridge"
  | "addVeth"
  | "addVxlan"
  | "addWireguard"
  | "setLink"
  | "deleteLink"
>;

export const linkCalls = (socket: NetlinkSocket): LinkCalls => {
  const link = (name: string): KernelLink | undefined => {
    let found: KernelLink | undefined;
    tolerating(["ENODEV"], () => {
      [found] = socket.request(
        {
          operation: `get link ${name}`,
          type: linkMessages.get,
          fill: (writer) => {
            linkHeader(writer);
            writer.attributeText(linkAttributes.name, name);
            writer.attributeU32(linkAttributes.extendedMask, skipStatistics);
          },
        },
        ({ payload }) => parseLink(payload),
      );
    });
    return found;
  };

  const made = (name: string): KernelLink => {
    const found = link(name);
    if (!found) throw new KernelError(`get link ${name}`, 19, { reason: "gone at once" });
    return found;
  };

  const add = (name: string, fill: Fill): KernelLink => {
    socket.request({
      operation: `add link ${name}`,
      type: linkMessages.add,
      flags: netlinkFlags.create | netlinkFlags.exclusive,
      fill: (writer) => {
        linkHeader(writer);
        writer.attributeText(linkAttributes.name, name);
        fill(writer);
      },
    });
    return made(name);
  };

  /** Adds it, or makes do with what has the name when `isSame` says so. */
  const addOrAdopt = (
    name: string,
    fill: Fill,
    isSame: (existing: KernelLink) => boolean,
  ): KernelLink => {
    try {
      return add(name, fill);
    } catch (error) {
      const existing = isExisting(error) ? link(name) : undefined;
      if (!existing || !isSame(existing)) throw error;
      return existing;
    }
  };

  const setLink = (index: number, settings: LinkSettings): void => {
    socket.request({
      operation: `set link ${index}`,
      type: linkMessages.set,
      fill: (writer) => fillSettings(writer, index, settings),
    });
    if (settings.isIsolated !== undefined) setIsolated(socket, index, settings.isIsolated);
  };

  return {
    links: () =>
      socket.dump(
        {
          operation: "list links",
          type: linkMessages.get,
          fill: (writer) => {
            linkHeader(writer);
            writer.attributeU32(linkAttributes.extendedMask, skipStatistics);
          },
        },
        ({ payload }) => parseLink(payload),
      ),
    link,
    addBridge(name, { mtu, mac }) {
      const { index } = addOrAdopt(
        name,
        (writer) => linkKind(writer, "bridge"),
        ({ kind }) => kind === "bridge",
      );
      // Set afterwards, not at birth: a bridge whose MTU was set follows the smallest of its ports no more.
      setLink(index, { mtu, ...(mac !== undefined && { mac }) });
      return made(name);
    },
    addVeth: (name, { mtu, peer }) =>
      add(name, (writer) => {
        writer.attributeU32(linkAttributes.mtu, mtu);
        linkKind(writer, "veth", () => vethPeerData(writer, { ...peer, mtu }));
      }),
    addVxlan(settings) {
      const { index } = addOrAdopt(
        settings.name,
        (writer) => {
          writer.attributeU32(linkAttributes.mtu, settings.mtu);
          writer.attribute(linkAttributes.mac, parseMac(settings.mac));
          linkKind(writer, "vxlan", () => vxlanData(writer, settings));
        },
        (existing) => isSameVxlan(existing, settings),
      );
      setLink(index, { mtu: settings.mtu, mac: settings.mac });
      return made(settings.name);
    },
    addWireguard: (name, { mtu }) =>
      addOrAdopt(
        name,
        (writer) => {
          writer.attributeU32(linkAttributes.mtu, mtu);
          linkKind(writer, "wireguard");
        },
        ({ kind }) => kind === "wireguard",
      ),
    setLink,
    deleteLink(index) {
      tolerating(["ENODEV"], () => {
        socket.request({
          operation: `delete link ${index}`,
          type: linkMessages.remove,
          fill: (writer) => linkHeader(writer, { index }),
        });
      });
    },
  };
};

const isExisting = (error: unknown): boolean =>
  error instanceof KernelError && error.code === "EEXIST";

const isSameVxlan = ({ vxlan }: KernelLink, wished: VxlanSettings): boolean =>
  vxlan !== undefined &&
  vxlan.vni === wished.vni &&
  vxlan.port === wished.port &&
  vxlan.local === formatIp(parseIp(wished.local));

const fillSettings = (writer: MessageWriter, index: number, settings: LinkSettings): void => {
  const { isUp, mtu, mac, master, name } = settings;
  linkHeader(writer, { index, ...(isUp !== undefined && { isUp }) });
  if (mtu !== undefined) writer.attributeU32(linkAttributes.mtu, mtu);
  if (mac !== undefined) writer.attribute(linkAttributes.mac, parseMac(mac));
  if (master !== undefined) writer.attributeU32(linkAttributes.master, master);
  if (name !== undefined) writer.attributeText(linkAttributes.name, name);
};

/** A setting of the port, not of the link: it is asked of the bridge, and only once it is a port. */
const setIsolated = (socket: NetlinkSocket, index: number, isIsolated: boolean): void => {
  socket.request({
    operation: `isolate port ${index}`,
    type: linkMessages.set,
    fill: (writer) => {
      linkHeader(writer, { index, family: familyBridge });
      writer.nested(linkAttributes.portInfo, () => {
        writer.attributeU8(portIsolated, isIsolated ? 1 : 0);
      });
    },
  });
};
