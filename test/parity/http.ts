import { type ParityCase, same } from "./case.ts";

const versions = ["1.23", "1.24", "1.30", "1.40", "1.43", "1.44", "1.47", "1.51", "1.52", "2.0", "x"];

/** Wrong requests over the bare API, and old versions of it: status and body. */
export const httpCases: ParityCase[] = [
  same(
    "routes there are not",
    `for p in / /nosuch /containers /containers/json/x /images /v1.51 /containers/x/nosuch /exec /volumes/a/b /info/; do echo $p; api GET $p; done; for m in PUT DELETE PATCH OPTIONS; do echo $m; api $m /containers/json; done; api GET /containers/create; api POST /containers/json`,
  ),
  same(
    "versions",
    `for v in ${versions.join(" ")}; do echo $v; V=/v$v; api GET /containers/nosuch-$N/json; api POST /containers/create '{"Image":"nosuch-'$N'"}'; done`,
  ),
  same(
    "bodies of create",
    `for b in '' '{' 'null' '[]' '{}' '{"Image":3}' '{"Image":""}' '{"Image":"nosuch"} x' '{"Cmd":{}}' '{"HostConfig":[]}' '{"HostConfig":{"Memory":"x"}}' '{"HostConfig":{"PortBindings":[]}}' '{"HostConfig":{"NetworkMode":"container:"}}' '{"NetworkingConfig":{"EndpointsConfig":[]}}'; do echo "$b"; api POST /containers/create?name=$N "$b"; done`,
  ),
  same(
    "names of create",
    `for n in a %20 a%2Fb $N; do api POST "/containers/create?name=$n" '{"Image":"nosuch-image-xyz"}'; done; curl -s -w '\\n%{http_code}\\n' --unix-socket "$SOCKET" -X POST -d x -H 'Content-Type: text/plain' http://d/v1.51/containers/create`,
  ),
  same(
    "verbs on what is not there",
    `for v in start stop kill restart pause unpause wait rename?name=x resize?h=1\\&w=1 update exec attach; do echo $v; api POST /containers/nosuch-$N/$v '{}'; done; for v in json logs?stdout=1 top stats?stream=0 changes export archive?path=/; do echo $v; api GET /containers/nosuch-$N/$v; done; api DELETE /containers/nosuch-$N; api GET /exec/nosuch/json; api POST /exec/nosuch/start '{}'; api GET /images/nosuch-$N/json; api DELETE /images/nosuch-$N; api POST /images/nosuch-$N/tag?repo=x; api GET /images/nosuch-$N/history; api GET /volumes/nosuch-$N; api DELETE /volumes/nosuch-$N; api GET /networks/nosuch-$N`,
  ),
  same(
    "verbs on what was created",
    `docker create --name $N $IMAGE true >/dev/null; for v in kill pause unpause resize?h=1\\&w=1 resize?h=x rename kill?signal=NOSUCH stop?t=x wait?condition=nosuch update exec; do echo $v; api POST /containers/$N/$v '{}'; done; api GET /containers/$N/logs; api GET /containers/$N/logs?stdout=1\\&tail=x; api GET /containers/$N/top; api GET /containers/$N/archive; api GET /containers/$N/archive?path=/nosuch; api POST /containers/$N/exec '{"Cmd":[]}'; api POST /containers/$N/exec '{"Cmd":["a"]}'; api DELETE /containers/$N?force=x`,
  ),
  same(
    "filters and queries",
    `for q in filters=x filters=%7B%22a%22:1%7D filters=%7B%22nosuch%22:%5B%22a%22%5D%7D limit=x all=maybe size=2 since=x; do echo $q; api GET "/containers/json?$q" | grep -v '^\\['; done; api GET '/events?since=x&until=0'; api GET '/volumes?filters=x'; api GET '/networks?filters=x'; api GET '/images/json?filters=x'; api POST /volumes/create '{"Driver":3}'; api POST /volumes/create '[]'`,
  ),
];
