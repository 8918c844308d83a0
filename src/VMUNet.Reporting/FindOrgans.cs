using VMUNet.Imaging;

namespace VMUNet.Reporting;

/// <summary>Labels with names and colours of a task; null when the task is unknown. Given by the host, which sees the models.</summary>
/// <param name="task">Name of the task.</param>
public delegate IReadOnlyList<OrganLabel>? FindOrgans(string task);
