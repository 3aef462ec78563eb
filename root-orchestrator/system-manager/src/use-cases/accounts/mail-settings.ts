import type { SettingsChange, SettingsView } from "@oak/contracts";
import { Secret } from "@oak/kit";
import type { MailServer, MailSettings, MailSettingsStore, Sealing } from "../../ports/mail.ts";

export interface MailServiceDeps {
  settings: MailSettingsStore;
  sealing: Sealing;
  /** MAIL_…: what the operator has set for this process */
  operators?: MailServer | undefined;
}

/** Through which server mails go, which administrators set. */
export interface MailService {
  view(): Promise<SettingsView>;
  change(change: SettingsChange): Promise<SettingsView>;
  /** Undefined: no mails are sent. */
  server(): Promise<MailServer | undefined>;
}

export function createMailService({ settings, sealing, operators }: MailServiceDeps): MailService {
  const current = async (): Promise<MailSettings> => (await settings.find()) ?? defaults(operators);
  return {
    view: async () => viewOf(await current()),
    change: async (change) => {
      const before = await current();
      const { password, ...wanted } = change;
      const sealed = password ? await sealing.seal(password) : keptPassword(before, wanted);
      const after = { ...wanted, ...(sealed === undefined ? {} : { password: sealed }) };
      await settings.save(after);
      return viewOf(after);
    },
    server: async () => {
      const { type, password, ...server } = await current();
      if (type === "None") return undefined;
      if (type === "Oakestra") return operators;
      const opened = password === undefined ? undefined : await sealing.open(password);
      return { ...server, ...(opened === undefined ? {} : { password: new Secret(opened) }) };
    },
  };
}

/** To another server it would be told to somebody for whom it was not meant. */
function keptPassword(before: MailSettings, after: SettingsView): string | undefined {
  const isSame =
    before.address === after.address &&
    before.port === after.port &&
    before.username === after.username &&
    before.ssl === after.ssl;
  return isSame ? before.password : undefined;
}

function defaults(operators: MailServer | undefined): MailSettings {
  const type = operators === undefined ? "None" : "Oakestra";
  return { type, address: "", port: 587, username: "", ssl: false };
}

function viewOf({ password: _hidden, ...shown }: MailSettings): SettingsView {
  return shown;
}
