// Where the service has what this page shows.

export const ROOT = "/redfish/v1/";
export const SESSIONS = "/redfish/v1/SessionService/Sessions";
export const ACCOUNTS = "/redfish/v1/AccountService/Accounts";
export const ROLES = "/redfish/v1/AccountService/Roles";
export const PRIVILEGE_MAP = "/redfish/v1/AccountService/PrivilegeMap";
export const TASK_SERVICE = "/redfish/v1/TaskService";
export const TASKS = "/redfish/v1/TaskService/Tasks";
export const SYSTEMS = "/redfish/v1/Systems";
export const SERVICE = "/redfish/v1/AggregationService";
export const AGGREGATES = "/redfish/v1/AggregationService/Aggregates";
export const SOURCES = "/redfish/v1/AggregationService/AggregationSources";
export const METHODS = "/redfish/v1/AggregationService/ConnectionMethods";
export const SERVICE_RESET = "/redfish/v1/AggregationService/Actions/AggregationService.Reset";

export function taskUri(id, parent = "") {
  return parent ? `${TASKS}/${encodeURIComponent(parent)}/SubTasks/${encodeURIComponent(id)}` : `${TASKS}/${encodeURIComponent(id)}`;
}
