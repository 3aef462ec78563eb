import type { NoAnswer } from "../doctor/probes.ts";
import { CliError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";

/** No answer came, or half of one. */
export class UnreachableRoot extends CliError {
  readonly fault: NoAnswer["kind"];

  constructor(server: string, { kind, detail }: NoAnswer, cause: unknown) {
    const { message, advice } = wordsFor(server, kind, detail);
    super(message, { exitCode: exitCodes.unavailable, advice, cause });
    this.fault = kind;
  }
}

interface Words {
  message: string;
  advice: string[];
}

const elsewhere =
  "another root: --server URL, --context NAME or `oak config set system_manager_ip HOST`";
const examine = (server: string): string => {
  const { hostname } = new URL(server);
  return `\`oak doctor root --address ${hostname.replace(/^\[|\]$/g, "")}\` looks at it more closely`;
};

function wordsFor(server: string, kind: NoAnswer["kind"], detail: string): Words {
  if (isCertificateFault(detail)) {
    return {
      message: `the certificate of ${server} is not trusted (${detail})`,
      advice: ["--ca FILE (or OAK_CA) trusts the authority that made it"],
    };
  }
  if (kind === "refused") {
    return { message: `nothing listens at ${server}`, advice: [examine(server), elsewhere] };
  }
  if (kind === "unresolved") {
    const { hostname } = new URL(server);
    return { message: `no machine is known by the name ${hostname}`, advice: [elsewhere] };
  }
  if (kind === "timeout") {
    return {
      message: `${server} does not answer (${detail})`,
      advice: [examine(server), "--timeout TIME waits longer"],
    };
  }
  if (kind === "unreachable") {
    return {
      message: `no way leads to ${server} (${detail})`,
      advice: [examine(server), elsewhere],
    };
  }
  if (/^(EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|HPE_)/.test(detail)) {
    return {
      message: `${server} does not speak ${new URL(server).protocol.replace(":", "")} (${detail})`,
      advice: ["http:// and https:// are different: see --server"],
    };
  }
  return {
    message: `the connection to ${server} broke (${detail})`,
    advice: ["What was sent may have been done: look before you send it again", examine(server)],
  };
}

function isCertificateFault(detail: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ERR_TLS_CERT/.test(detail);
}
