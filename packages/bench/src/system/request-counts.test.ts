import { expect, test } from "vitest";
import { countedBetween, parseRequestCounts } from "./request-counts.ts";

const text = (puts: number): string => `# TYPE oak_http_request_duration_seconds histogram
oak_http_request_duration_seconds_bucket{le="1",method="PUT",route="/a/:id",status="200"} 3
oak_http_request_duration_seconds_count{method="PUT",route="/a/:id",service="s",status="200"} ${puts}
oak_http_request_duration_seconds_sum{method="PUT",route="/a/:id",service="s",status="200"} ${puts / 10}
oak_http_request_duration_seconds_count{method="PUT",route="/a/:id",service="s",status="409"} 1
oak_http_request_duration_seconds_sum{method="PUT",route="/a/:id",service="s",status="409"} 0.5
oak_http_request_duration_seconds_count{method="GET",route="/b",service="s",status="200"} 7
oak_http_request_duration_seconds_sum{method="GET",route="/b",service="s",status="200"} 0.07`;

test("requests are added up by route, whatever was answered", () => {
  expect(parseRequestCounts(text(10)).get("PUT /a/:id")).toEqual({ count: 11, seconds: 1.5 });
});

test("what came in between leaves out routes that nobody asked", () => {
  const between = countedBetween(parseRequestCounts(text(10)), parseRequestCounts(text(30)));
  expect(between).toEqual([{ route: "PUT /a/:id", count: 20, seconds: 2 }]);
});
