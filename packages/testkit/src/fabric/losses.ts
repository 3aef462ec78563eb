/** What goes missing on the switch. */
export interface Loss {
  /** Port of the switch that leads to the host. */
  port: string;
  /** Only what goes between the two; absent: all of the host's. */
  peer?: string;
  /** From 0 to 1, of each direction. */
  share: number;
}

const parts = 10_000;

/**
 * The rules of the switch: frames of any kind, so that a cut link answers no ARP either. Made anew as a whole, in one transaction.
 */
export const lossRuleset = (losses: readonly Loss[]): string => {
  const rules = losses.flatMap(({ port, peer, share }) => {
    const chance = share >= 1 ? "" : `numgen random mod ${parts} < ${Math.round(share * parts)} `;
    const ways =
      peer === undefined
        ? [`iifname "${port}"`, `oifname "${port}"`]
        : [`iifname "${port}" oifname "${peer}"`, `iifname "${peer}" oifname "${port}"`];
    return ways.map((way) => `    ${way} ${chance}drop`);
  });
  return `table bridge fabric
delete table bridge fabric
table bridge fabric {
  chain losses {
    type filter hook forward priority 0; policy accept;
${rules.join("\n")}
  }
}
`;
};
