package dev.cofferdam.operator.model;

/** What a condition should say now. */
public record Verdict(ConditionType type, boolean holds, Reason reason, String message) {}
