using System.ComponentModel.DataAnnotations;

namespace VMUNet.Reporting;

/// <summary>Who decides, and why; recorded with what was decided.</summary>
public sealed class Decision
{
    /// <summary>Name of the person. At most 100 characters.</summary>
    [Required(ErrorMessage = "Say who decides: the name is recorded with the decision.")]
    [StringLength(100, ErrorMessage = "A name has at most 100 characters.")]
    public string Person { get; set; } = "";

    /// <summary>Why; may be empty. At most 500 characters.</summary>
    [StringLength(500, ErrorMessage = "A reason has at most 500 characters.")]
    public string? Reason { get; set; }

    /// <summary>The reason without the blanks around it.</summary>
    public string Why => Reason?.Trim() ?? "";
}
