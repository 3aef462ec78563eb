import { describeApi } from "../../src/api-document.ts";
import { type ApiDocument, examplesOf, operationsOf } from "../openapi/document.ts";

/** A route as the API document tells it: what is added to the API is in every test over this table by itself. */
export interface Route {
  /** `DELETE /api/user/{username}` */
  name: string;
  method: string;
  path: string;
  /** names of the parts of the path that the caller fills in */
  params: string[];
  tag: string;
  /** one of these is needed; absent: any user, or the route looks itself */
  roles?: string[];
  /** what an API token needs */
  scope?: string;
  /** for everybody, without a token */
  isOpen: boolean;
  /** a body that the document shows; absent: the route takes none */
  body?: unknown;
}

export async function routeTable(): Promise<Route[]> {
  const document: ApiDocument = JSON.parse(await describeApi());
  return operationsOf(document).map(({ name, method, path, operation }) => {
    const { "x-roles": roles, "x-scope": scope } = operation as typeof operation & Access;
    const media = operation.requestBody?.content["application/json"];
    const [body] = media === undefined ? [] : examplesOf(media);
    return {
      name,
      method,
      path,
      params: [...path.matchAll(/\{(\w+)\}/g)].map(([, param = ""]) => param),
      tag: operation.tags[0] ?? "",
      isOpen: operation.security.length === 0,
      ...(roles === undefined ? {} : { roles }),
      ...(scope === undefined ? {} : { scope }),
      ...(body === undefined ? {} : { body }),
    };
  });
}

interface Access {
  "x-roles"?: string[];
  "x-scope"?: string;
}

/** The path of a route with these values in it; `otherwise` where there is none for a parameter. */
export function filledIn(
  route: Route,
  values: Readonly<Record<string, string>>,
  otherwise = "0".repeat(24),
): string {
  return route.path.replace(/\{(\w+)\}/g, (_all, param: string) =>
    encodeURIComponent(values[param] ?? otherwise),
  );
}
