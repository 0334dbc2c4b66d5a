export { writeReport } from "../reports/report.ts";
