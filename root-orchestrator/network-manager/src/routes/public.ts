import { AvailableAddresses, ServiceNetinfo, type TableService } from "@oak/contracts";
import { type HttpApp, principalOf } from "@oak/kit";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { type AnswerQuery, type TableKey, unknownService } from "../use-cases/answer-query.ts";
import type { Suggest } from "../use-cases/suggest.ts";
import { responses } from "./answers.ts";
import { nameOf } from "./clusters.ts";
import type { Gates } from "./gates.ts";

export interface PublicRouteDeps {
  gates: Gates;
  answerQuery: AnswerQuery;
  suggest: Suggest;
}

const tags = ["public"];
const mostSuggested = 100;

/** What users may know: the addresses of their own services, and which are left. */
export function addPublicRoutes(app: HttpApp, { gates, answerQuery, suggest }: PublicRouteDeps) {
  const response = responses(ServiceNetinfo, 401, 404, 503);
  const onRequest = gates.user;
  const answer = async (request: FastifyRequest, key: TableKey): Promise<ServiceNetinfo> =>
    netinfo(ownService(await answerQuery(key, undefined), request, key));
  app.get(
    "/api/pubnet/service/netinfo/:service_name",
    {
      onRequest,
      schema: { tags, params: z.object({ service_name: z.string().max(256) }), response },
    },
    (request) => answer(request, { name: nameOf(request.params.service_name) }),
  );
  app.get(
    "/api/pubnet/service/netinfo/ip/:service_ip",
    { onRequest, schema: { tags, params: z.object({ service_ip: z.string().max(64) }), response } },
    (request) => answer(request, { ip: nameOf(request.params.service_ip) }),
  );
  const querystring = z.object({ v: z.enum(["4", "6"]).exactOptional() });
  const available = responses(AvailableAddresses, 400, 401, 503);
  const config = { validationStatus: 400 };
  app.get(
    "/api/pubnet/service/netinfo/available-ip",
    { onRequest, config, schema: { tags, querystring, response: available } },
    ({ query }) => suggestions(suggest, 1, query.v),
  );
  const count = z.coerce.number().int().min(1).max(mostSuggested);
  app.get(
    "/api/pubnet/service/netinfo/available-ip/:x",
    {
      onRequest,
      config,
      schema: { tags, params: z.object({ x: count }), querystring, response: available },
    },
    ({ query, params }) => suggestions(suggest, params.x, query.v),
  );
}

/** Of what belongs to somebody else, users learn as much as of what does not exist. */
function ownService(service: TableService, request: FastifyRequest, key: TableKey): TableService {
  const principal = principalOf(request);
  if (principal.kind === "user" && service.access?.owner === principal.name) return service;
  throw unknownService(key);
}

function netinfo(service: TableService): ServiceNetinfo {
  const text = (key: string): string => String(service[key] ?? "");
  return {
    _id: service._id,
    applicationID: text("applicationID"),
    app_ns: text("app_ns"),
    app_name: text("app_name"),
    service_ns: text("service_ns"),
    service_name: text("service_name"),
    service_job_id: service._id,
    service_ip_list: service.service_ip_list,
    instance_list: service.instance_list.map((instance) => ({
      cluster_id: instance.cluster_id,
      instance_number: instance.instance_number,
      instance_ip: instance.instance_ip,
      instance_ip_v6: instance.instance_ip_v6,
    })),
  };
}

/** upstream: suggests addresses of instances for IPv6, which no service may choose. */
async function suggestions(
  suggest: Suggest,
  count: number,
  family: "4" | "6" | undefined,
): Promise<AvailableAddresses> {
  const v4 = family === "6" ? [] : await suggest("service_v4", count);
  const v6 = family === "4" ? [] : await suggest("rr_v6", count);
  return {
    available_service_ips: [
      ...v4.map((Address) => ({ Address, Address_v6: null, IpType: "IPv4" as const })),
      ...v6.map((Address_v6) => ({ Address: null, Address_v6, IpType: "IPv6" as const })),
    ],
  };
}
