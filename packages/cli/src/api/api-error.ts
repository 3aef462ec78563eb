import type { IncomingHttpHeaders } from "node:http";
import { CliError } from "../errors.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { oneLine } from "../output/harmless.ts";
import { isDoc } from "./answers.ts";

export interface Refusal {
  method: string;
  /** Without the prefix of the root */
  path: string;
  server: string;
  status: number;
  headers: IncomingHttpHeaders;
  /** As it came */
  text: string;
}

/** The root answered, and not with success. */
export class ApiError extends CliError {
  readonly status: number;
  /** Stable word of our roots for what went wrong, for example `service_not_found`. */
  readonly code: string | undefined;

  constructor(refusal: Refusal) {
    const body = bodyOf(refusal.text);
    const { exitCode, advice } = meaningOf(refusal, body["error"] === "not_found");
    const message = messageOf(refusal, body);
    super(message, { exitCode, advice: [...faultsOf(body, message), ...advice] });
    this.status = refusal.status;
    this.code = typeof body["error"] === "string" ? body["error"] : undefined;
  }
}

interface Meaning {
  exitCode: ExitCode;
  advice: readonly string[];
}

function meaningOf({ status, headers, server, path }: Refusal, isRoute: boolean): Meaning {
  const older = `${server} may be older than this command`;
  const { failed, notFound, denied, unavailable, refused } = exitCodes;
  if (status >= 300 && status < 400) {
    const to = oneLine(headers.location ?? "");
    return { exitCode: failed, advice: [`it points to ${to}: is that the root? --server URL`] };
  }
  switch (status) {
    case 400:
    case 413:
    case 422:
      return { exitCode: refused, advice: [] };
    case 401:
      return {
        exitCode: denied,
        advice: path.startsWith("/api/auth/login")
          ? ["`oak login --user NAME` asks for the password again"]
          : ["`oak login` begins a new session; `oak whoami` tells who you are"],
      };
    case 403:
      return {
        exitCode: denied,
        advice: [
          "`oak whoami` tells your roles, and the scopes of a token; an Admin of the root or of your organization gives other roles",
        ],
      };
    case 404:
      return { exitCode: notFound, advice: isRoute ? [older] : [] };
    case 405:
    case 501:
      return { exitCode: failed, advice: [older] };
    case 409:
      return {
        exitCode: refused,
        advice: ["Somebody or something else was first: look, then decide"],
      };
    case 412:
      return {
        exitCode: refused,
        advice: ["It has been changed meanwhile: read it again and repeat your change"],
      };
    case 429:
      return { exitCode: unavailable, advice: [`too many requests: ${againIn(headers)}`] };
    case 503:
    case 504:
    case 502:
      return {
        exitCode: unavailable,
        advice: [againIn(headers), "`oak doctor root` tells what it lacks"],
      };
    default:
      return { exitCode: failed, advice: status >= 500 ? ["The log of the root tells more"] : [] };
  }
}

function againIn(headers: IncomingHttpHeaders): string {
  const after = headers["retry-after"];
  return /^\d+$/.test(after ?? "") ? `try again in ${after} s` : "try again in a moment";
}

function messageOf({ status, text, method, path }: Refusal, body: Body): string {
  const message = body["message"] ?? body["detail"] ?? body["title"] ?? body["error"];
  if (typeof message === "string" && message !== "") return withoutStop(oneLine(message));
  const isHtml = /^\s*</.test(text);
  const said = isHtml || text.trim() === "" ? "" : `: ${oneLine(text).slice(0, 200)}`;
  return `${method} ${path} was answered with ${status}${said}`;
}

function withoutStop(text: string): string {
  return text.replace(/\.$/, "");
}

/** Places in a document, one a line; a single one that the sentence has told is not told again. */
function faultsOf({ errors }: Body, sentence: string): string[] {
  if (!Array.isArray(errors)) return [];
  const [only]: readonly unknown[] = errors;
  if (errors.length === 1 && isDoc(only) && tells(sentence, only)) return [];
  return errors.slice(0, 20).flatMap((fault: unknown) => {
    if (typeof fault !== "object" || fault === null) return [];
    const body: Body = { ...fault };
    const [place, message, found, allowed] = ["pointer", "message", "found", "allowed"].map(
      (name) => textOf(body[name]),
    );
    const more = [found && `found ${found}`, allowed && `allowed: ${allowed}`].filter(Boolean);
    const tail = more.length === 0 ? "" : ` (${more.join("; ")})`;
    return [oneLine(`${place ? `${place}: ` : ""}${message}${tail}`)];
  });
}

function tells(sentence: string, { pointer, message }: Body): boolean {
  return [pointer, message].every((part) => part !== "" && sentence.includes(textOf(part)));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

type Body = Readonly<Record<string, unknown>>;

function bodyOf(text: string): Body {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
