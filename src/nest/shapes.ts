import type { IncomingMessage, ServerResponse } from "node:http";

/** The token of the Taskmon object: `@Inject(TASKMON) taskmon: Taskmon`. */
export const TASKMON: unique symbol = Symbol("taskmon");

/** A provider of Nest's, made by a function. */
export interface NestProvider {
  provide: string | symbol;
  useFactory: (...injected: never[]) => unknown;
  inject: never[];
}

/** A dynamic module of Nest's. */
export interface NestModule {
  module: new () => unknown;
  global: boolean;
  providers: NestProvider[];
  exports: (string | symbol)[];
}

/** All modules of an application: Nest's `ModulesContainer`. */
export interface NestModules {
  values(): Iterable<{
    readonly providers: ReadonlyMap<unknown, NestWrapper>;
    readonly controllers: ReadonlyMap<unknown, NestWrapper>;
  }>;
}

/** A provider or controller in its place: Nest's `InstanceWrapper`. */
export interface NestWrapper {
  readonly instance: unknown;
  /** Whether there is one instance for all requests. */
  isDependencyTreeStatic(): boolean;
}

/** Where the HTTP server is: Nest's `HttpAdapterHost`. */
export interface NestAdapterHost {
  /** Null in an application without a server. */
  readonly httpAdapter: NestAdapter | null;
}

/** Nest's HTTP adapter. */
export interface NestAdapter {
  getType(): string;
  getHttpServer(): { readonly listening?: boolean } | undefined;
  get(path: string, handler: NestHandler): unknown;
}

/** A handler of the Express under Nest. */
export type NestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: () => void,
) => void;
