import { SettingsChange, SettingsForm, SettingsView } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import type { MailService } from "../use-cases/accounts/mail-settings.ts";
import { responses } from "./answers.ts";
import type { Gates } from "./gates.ts";

export interface SettingsRoutesDeps {
  mailService: MailService;
  gates: Gates;
}

const tags = ["settings"];

/** upstream: asked for by the dashboard's page of the mail service, and never made. */
export function addSettingsRoutes(app: HttpApp, { mailService, gates }: SettingsRoutesDeps): void {
  const onRequest = [gates.userStrict, gates.admin];
  app.get(
    "/api/settings",
    {
      onRequest,
      schema: {
        tags,
        summary: "The mail service",
        description: "Through which mails for new passwords go. The password is never shown.",
        response: responses(SettingsView, 401, 403),
      },
    },
    async () => mailService.view(),
  );
  app.put(
    "/api/settings",
    {
      onRequest,
      schema: {
        tags,
        summary: "Set the mail service",
        description:
          "`Oakestra` is the service that the operator has set for the root itself, `None` sends nothing. A password " +
          "that is absent or empty stays, unless the mails go to another server from now on.",
        body: SettingsChange,
        response: responses(SettingsView, 401, 403, 422),
      },
    },
    async (request) => mailService.change(request.body),
  );
  // upstream: the dashboard, which alone asks here, forgets a slash.
  app.put(
    "/apisettings",
    {
      onRequest,
      schema: { hide: true, body: SettingsForm, response: responses(SettingsView, 401, 403, 422) },
    },
    async (request) => mailService.change(request.body),
  );
}
