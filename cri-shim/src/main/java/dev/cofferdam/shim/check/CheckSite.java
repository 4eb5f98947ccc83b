package dev.cofferdam.shim.check;

import dev.cofferdam.shim.client.CriClient;
import java.nio.file.Path;

/**
 * Where a check's pods are made.
 *
 * @param client of the shim's socket
 * @param image the canary's name
 * @param logs a folder for their containers' logs, made where needed
 */
record CheckSite(CriClient client, String image, Path logs) {}
