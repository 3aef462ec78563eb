import {
  type ClusterReachability,
  ClusterRegistered,
  type ClusterRegistration,
  ClusterReportAnswer,
  WantedAnswer,
} from "@oak/contracts";
import { type HttpClient, HttpError, pathOf, type Secret } from "@oak/kit";
import { NotRegistered, type RootLink, type RootState } from "../../use-cases/root-registration.ts";

export interface RootLinkDeps {
  client: HttpClient;
  /** what the root is told of this cluster at each registration */
  registration(): ClusterRegistration;
  /** for the first registration, and when the root has forgotten the token */
  joinSecret: Secret | undefined;
  /** the root says how it finds the address of this cluster */
  onSeen(reachability: ClusterReachability): void;
}

/** A report may list thousands of instances, each of which the root stores before it answers. */
const reportTimeoutMs = 30_000;
const graceMs = 5_000;

/** The root's REST interface. Outbound only, so that it also works from behind NAT. */
export function createRootLink({
  client,
  registration,
  joinSecret,
  onSeen,
}: RootLinkDeps): RootLink {
  const register = (bearer: string | undefined): Promise<ClusterRegistered> =>
    client.request({
      method: "POST",
      path: "/api/cluster/register",
      headers: bearer === undefined ? {} : bearerOf(bearer),
      body: registration(),
      schema: ClusterRegistered,
    });
  const asMember = <T>(asking: Promise<T>): Promise<T> =>
    asking.catch((error: unknown) => {
      throw isUnknownSession(error)
        ? new NotRegistered("unknown to the root", { cause: error })
        : error;
    });
  return {
    register: async (token) => {
      if (token === undefined) return register(joinSecret?.reveal());
      try {
        return await register(token);
      } catch (error) {
        if (!(error instanceof HttpError) || error.status !== 401) throw error;
        // A root with a new database knows no token of the old one.
        return register(joinSecret?.reveal());
      }
    },
    wanted: ({ clusterId, token, session }: RootState, since, waitS, signal) =>
      asMember(
        client.request({
          path: `/api/clusters${pathOf(clusterId)}/wanted`,
          query: { since, wait: waitS, session },
          headers: bearerOf(token),
          schema: WantedAnswer,
          timeoutMs: waitS * 1_000 + graceMs,
          ...(signal === undefined ? {} : { signal }),
        }),
      ),
    report: async ({ clusterId, token }, report, signal) => {
      const answer = await asMember(
        client.request({
          method: "POST",
          path: `/api/information${pathOf(clusterId)}`,
          headers: bearerOf(token),
          body: report,
          schema: ClusterReportAnswer,
          timeoutMs: reportTimeoutMs,
          ...(signal === undefined ? {} : { signal }),
        }),
      );
      if (answer.reachability !== undefined) onSeen(answer.reachability);
      return answer;
    },
  };
}

function bearerOf(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

function isUnknownSession(error: unknown): boolean {
  if (!(error instanceof HttpError)) return false;
  if (error.status === 401 || error.status === 403) return true;
  return error.status === 409 && error.code === "unknown_session";
}
