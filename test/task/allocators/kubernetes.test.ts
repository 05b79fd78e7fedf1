import { describe, expect, it, test } from "vitest";
import { kubernetesAllocator } from "../../../src/task/allocators/kubernetes.ts";
import { allocatorLaws } from "../../../src/testing/index.ts";
import { beat } from "./beats.ts";
import { lawsOfSeveral } from "./fixed/laws-of-several.ts";

const POD = { KUBERNETES_SERVICE_HOST: "10.0.0.1" };

describe("the laws of allocators, for Kubernetes", () => {
  allocatorLaws(test, {
    create: () => ({ allocator: kubernetesAllocator({}, POD, "web-0") }),
    advance: () => {},
    skip: lawsOfSeveral,
  });
});

describe("kubernetesAllocator", () => {
  it.each([
    ["a StatefulSet's pod", {}, POD, "web-3", 3],
    ["a StatefulSet whose name ends in a digit", {}, POD, "web-2-0", 0],
    ["many replicas", {}, POD, "web-9001", 9_001],
    ["a StatefulSet whose ordinals do not begin at 0", { firstOrdinal: 5 }, POD, "web-7", 2],
    ["an Indexed Job", {}, { ...POD, JOB_COMPLETION_INDEX: "4" }, "job-4-x2v9k", 4],
    ["a variable", { variable: "POD_INDEX" }, { ...POD, POD_INDEX: "6" }, "node-1", 6],
  ])("finds the number of %s", async (_, options, env, hostName, num) => {
    expect(await beat(kubernetesAllocator(options, env, hostName), "a")).toMatchObject({ num });
  });

  it.each([
    ["outside of a cluster", {}, {}, "web-3", "does not run in a pod"],
    ["in a Deployment", {}, POD, "web-7d4b9c6f5-x2x4z", "does not end in an ordinal"],
    ["in a Deployment's pod of digits", {}, POD, "web-7d4b9c6f5-24567", "generated suffix"],
    ["on a node's name", {}, POD, "ip-10-0-0-1.internal", "does not end in an ordinal"],
    ["after a leading zero", {}, POD, "web-03", "does not end in an ordinal"],
    ["in a bare number", {}, POD, "3", "does not end in an ordinal"],
    [
      "in a variable that is missing",
      { variable: "POD_INDEX" },
      POD,
      "web-3",
      "POD_INDEX is not set",
    ],
    ["in a variable of words", { variable: "POD_INDEX" }, { POD_INDEX: "x" }, "web-3", '"x"'],
  ])("finds none %s", (_, options, env, hostName, reason) => {
    expect(() => kubernetesAllocator(options, env, hostName)).toThrow(
      expect.objectContaining({
        code: "ERR_TASKMON_NUMBER_UNKNOWN",
        message: expect.stringContaining(reason),
      }),
    );
  });

  it.each([
    [{ firstOrdinal: 4 }, "kubernetesAllocator.firstOrdinal"],
    [{ firstOrdinal: -1 }, "kubernetesAllocator.firstOrdinal"],
    [{ variable: "" }, "kubernetesAllocator.variable"],
    [{ name: "web" }, "kubernetesAllocator.name"],
  ])("refuses the options %j", (options, option) => {
    expect(() => kubernetesAllocator(options as object, POD, "web-3")).toThrow(
      expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION", option }),
    );
  });
});
